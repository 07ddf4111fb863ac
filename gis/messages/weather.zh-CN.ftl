# 导入逐日天气
weather-no-measures = { $file } 中没有天气要素列（现有：{ $found }）。请使用模板，或将列命名为 { $wanted }。
weather-nothing = { $file } 中没有已经结束的日子，也没有预报。当天的数据请在次日导入。
weather-values = 这不是逐日天气数据。
weather-too-short = 天气记录太少，无法学习：需要截至上周约 21 个月的记录。
weather-place-unknown = 没有“{ $place }”的天气记录。已有：{ $known }。
weather-row-day = “{ $column }”列有无法识别的日期（{ $examples }）。请写成 2026-11-21。
weather-row-no-day = 没有日期。请写成 2026-11-21。
weather-row-place = 没有站点或地点，或超过 60 个字符。请填写，或在导入时统一指定。
weather-row-source = 没有来源，或超过 200 个字符。请注明观测或预报单位，或在导入时统一指定。
weather-row-value = “{ $column }”列有 { $count } 格不是数字（“{ $example }”）。请填写数字，或留空。
weather-row-range = “{ $column }”列有 { $count } 个不可能的数值（“{ $example }”）：应在 { $low } 到 { $high } 之间。请核对单位：℃、mm、m/s、cm。
weather-row-empty = 当天没有填写任何要素。请至少填写一项，或删除该行。
weather-row-order = 最低气温高于平均或最高气温，或平均气温高于最高气温。请核对。
weather-row-ahead = 预报最多提前 { $most } 天。请核对日期。
weather-row-issued = 发布日期应早于所预报的日期，且不晚于今天。实况数据请留空。
weather-row-twice = 同一地点同一天有多行。请只保留一行。
weather-row-today = 今天尚未结束，该行未导入。请明天再导入。
weather-columns-missing = 文件中没有{ $examples }，这些日子未记录该要素。
help-import-weather = 导入各地点的逐日天气：要么全部导入，要么一行不导。
help-import-weather-more = 今天以后的日子视为预报。此前已有记录的日子整体替换，原记录保留在历史中。
help-import-weather-file = Excel 或 CSV：每个地点每天一行。
help-import-weather-jurisdiction = 机构代码，如 410102。
help-import-weather-place = 未注明地点的行所用的地点。
help-import-weather-source = 未注明来源的行所用的来源。
help-import-weather-dry-run = 只检查，不导入。
help-import-weather-again = 相同内容此前已导入时，仍再次导入。

# 预测中的天气
forecast-weather-none = 这里没有天气记录，预测未使用天气。可导入逐日天气表，看它是否有用。
forecast-weather-short = { $place }的天气记录（{ $first }至{ $last }）太少，无法学习：需要截至上周约 21 个月的记录。预测未使用天气。
forecast-weather-better = { $place }的天气有用：只用事先已知的天气，提前一周平均相差 { $error } 件，不用天气相差 { $plain } 件，照搬去年同期相差 { $naive } 件。
forecast-weather-same = { $place }的天气没有用处：只用事先已知的天气，提前一周平均相差 { $error } 件，不用天气相差 { $plain } 件，二者没有实质差别；照搬去年同期相差 { $naive } 件。
forecast-weather-worse = { $place }的天气反而有害：只用事先已知的天气，提前一周平均相差 { $error } 件，不用天气只差 { $plain } 件；照搬去年同期相差 { $naive } 件。建议关闭。
forecast-weather-exact = 假如事先确切知道天气，则相差 { $exact } 件。
forecast-weather-by-normal = 今后各周的天气按常年同期估计。
forecast-weather-by-forecast = 今后 { $all } 周中有 { $weeks } 周采用已录入的天气预报，其余按常年同期估计。
