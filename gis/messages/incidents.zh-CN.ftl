# 从文件读取的事件上报。
row-category-unknown = “{ $column }”有 { $count } 行的类别不存在（{ $examples }）。请填写类别代码或名称。
row-title-missing = “{ $column }”有 { $count } 行为空。请用几个字写明发现了什么。
row-title-long = “{ $column }”有 { $count } 行超过 { $limit } 个字符。请把其余内容写入描述。
row-place-missing = “{ $column }”有 { $count } 行没有可读的坐标。
row-severity-invalid = “{ $column }”有 { $count } 行的严重程度不是 1、2、3 或 4。
row-source-unknown = “{ $column }”有 { $count } 行的来源无法识别（{ $examples }）。可用的来源：巡查、群众举报、12345、110、部门、传感器。
row-time-unreadable = 有 { $count } 行“{ $column }”的时间无法读取。请写成 2026-11-21 08:30。
row-time-in-future = “{ $column }”有 { $count } 行的时间在未来。请检查日期和时区。
row-closed-before-reported = 有 { $count } 行的结案时间早于上报时间（{ $column }）。
row-due-before-reported = 有 { $count } 行的截止时间早于上报时间（{ $column }）。
row-due-without-rule = 有 { $count } 行未结事件自带截止时间（“{ $column }”），但时限表中没有对应的时限，因此没有保留。请先在时限表中添加，再重新导入。
row-reference-twice = “{ $column }”有 { $count } 行的来源编号与前面的行重复。
row-known-already = 有 { $count } 行此前已按同一来源编号（“{ $column }”）登记，保持原样。
rows-outside-grids = 有 { $count } 条上报位于所有网格之外，已进入兜底队列。
place-likely-crs = { $looked } 个位置中有 { $outside } 个落在辖区之外；其中 { $count } 个{ $swapped ->
    [yes] 在对调两个坐标轴后落在辖区之内。请对调这两列的表头（{ $axes }）。
   *[no] 若不按 { $declared } 而按 { $system } 解读，则落在辖区之内。如果确是该坐标系，请指定后导入。
 }
import-refused = { $read } 行中有 { $refused } 行无法导入，因此全部未导入。报告按行列出了问题：请改正后重新导入，或选择跳过坏行。
import-too-large = 文件超过本服务器 { $limit } MB 的上限。请拆分文件，或调大 WANGGE_UPLOAD_LIMIT_MB。
import-interrupted = 导入在完成之前中断，数据没有任何改动。请重新导入。
import-crs-missing = { $file } 没有说明坐标系。请指定：GPS 用 EPSG:4326，国内网络地图和手机用 gcj02，百度用 bd09。
import-step-read = 正在读取文件
import-step-check = 正在检查各行
import-step-write = 正在写入
import-crs-doubted = 未导入任何数据：按 { $declared } 解读，{ $looked } 个位置中有 { $outside } 个落在辖区之外；其中 { $won } 个{ $swapped ->
    [yes] 在对调两个坐标轴后落在辖区之内。请对调这两列的表头（{ $axes }）后重新导入。
   *[no] 按 { $system } 解读则落在辖区之内。如果确是该坐标系，请用 --crs { $system }（crs={ $system }）重新导入。
 } 如果 { $declared } 无误，请明确指定：--crs { $declared } --accept-crs（accept_crs=true）。
import-repeated = 未导入任何数据：{ $by } 已于 { $at } 导入过相同内容（导入编号 { $id }，{ $file }，{ $rows } 行）。确需再次导入，请明确指定：--again（again=true）。
import-running-already = { $by } 自 { $at } 起正在导入相同内容（导入编号 { $id }，{ $file }）。请等待其结束。
rows-identical = 有 { $count } 行没有来源编号，且每个单元格都与前面的某行相同。如非有意重复，请删除。
