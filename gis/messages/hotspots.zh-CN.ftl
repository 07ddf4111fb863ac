# 计数与检验的错误
hotspot-cell-size = 单元格尺寸 { $cell_m } 米不可用，请给出大于零的数。
hotspot-band = 距离 { $band_m } 米够不到边长 { $cell_m } 米的单元格的任何邻格，请至少取单元格的尺寸。
hotspot-lengths = 经度 { $lon } 个、纬度 { $lat } 个、权重 { $weight } 个，数目不一致，请给出同样多的数。
hotspot-weights = 权重中有负数或非数值，请给出不小于零的计数。
hotspot-area = 研究范围为空，请给出有面积的多边形或范围（西、南、东、北）。
hotspot-too-many-cells = 该范围将被划分为 { $cells } 个单元格，最多允许 { $limit } 个。请加大单元格或缩小范围。
hotspot-baseline = 基准值不可用，请为每个单元格给出一个数（共 { $cells } 个），不得为负，也不得全为零。
hotspot-cube = 这些计数无法使用。请给出 { $cells } 行，每个单元一行，每个时段一个不小于零的数。
trend-too-short = { $moments } 个时段太少，看不出趋势。请至少给出 { $least } 个，或选择更短的时段。
trend-values = 用于趋势检验的数值无法使用。请给出若干行数字，每个时段一个，不得缺失。
scan-periods = 无法在 { $periods } 个时段中扫描最近 { $most } 个时段的突发聚集。请至少给出 1 个，至多为全部时段的一半。
scan-incidents = 有事件指向不存在的单元或时段。单元共 { $cells } 个，时段共 { $periods } 个，编号从 0 开始。
forecast-too-short = { $weeks } 周的数据不足以预测，请至少提供 { $least } 周。
forecast-values = 用于预测的数值不一致。请为每个序列给出一行计数和一个分组，并为每个已过去和将来的周给出季节与外部变量。
hotspot-asset-unknown = Folium 需要“{ $name }”，但本地文件中没有。请在 web/folium-assets.json 中补充，再运行“make setup”。
hotspot-asset-outside = 页面将从外部加载 { $url }。请将该文件放到本地，并写入 web/folium-assets.json。
hotspot-assets-missing = 本地地图文件清单 { $path } 缺失或已损坏，请运行“make setup”重新生成。
hotspot-style-unknown = 没有名为“{ $style }”的热力图样式，请使用 heat、hexagon、grid 或 cluster。

# 页面
heatmap-title = 事件热力图
heatmap-title-category = 事件热力图：{ $category }
heatmap-window = { $since } 至 { $until }
heatmap-total-unit = 件事件
heatmap-outside = 另有 { $number } 件在地图范围之外
heatmap-synthetic = 合成演示数据
heatmap-ramp = 事件密度
heatmap-fewer = 少
heatmap-more = 多
heatmap-classes = 每个 { $cell_m } 米单元格的事件数
heatmap-h3 = 每个 H3 单元格的事件数（第 { $resolution } 级，宽约 { $cell_m } 米）
h3-cell-invalid = “{ $given }”不是 H3 单元格。请给出 15 位编号，如 8a31a5b2cc87fff。
heatmap-cell = 事件数
heatmap-tally = 按类别
heatmap-places = { $count ->
    [0] 没有热点
   *[other] { $count } 处热点
}
heatmap-place = { $number } 件，为预期 { $expected } 件的 { $ratio } 倍
heatmap-place-tooltip = 第 { $rank } 处热点
    { $number } 件事件，预期 { $expected } 件，为预期的 { $ratio } 倍。
    超出偶然所能解释的范围（z = { $z }）。
heatmap-note-even = 预期：假设事件在全域均匀分布。仅列出超出偶然范围的地点。
heatmap-note-population = 预期：按常住人口所能解释的数量。仅列出超出偶然范围的地点。
heatmap-note-history = 预期：同一地点在其他时段的情况。仅列出超出偶然范围的地点。
heatmap-note-none = 没有超出偶然范围的地点。
heatmap-note-more = 列出最强的 { $shown } 处。
heatmap-empty = 本时段没有事件
heatmap-empty-hint = 请扩大时间范围，或选择其他类别。
heatmap-zoom-in = 放大
heatmap-zoom-out = 缩小
heatmap-grids = 各网格事件数
heatmap-rate-population = 每千人事件数
heatmap-rate-households = 每百户事件数
heatmap-rate-area = 每平方公里事件数
heatmap-blank-population = 不着色：居住人口不足 50 人
heatmap-blank-households = 不着色：不足 20 户
heatmap-blank-area = 不着色：没有面积
heatmap-whole = 整个时段
heatmap-cases = 点击查看事件
heatmap-play = 播放
heatmap-pause = 暂停
heatmap-time = 时段
heatmap-week = { $day }起一周
answers-busy = 正在生成的分析较多。请在 { $seconds } 秒后重试，或减少同时查询的时间段。
