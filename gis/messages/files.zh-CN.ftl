# 坐标系
coordinates-outside-world = 经度 { $lon }、纬度 { $lat } 不在地球上：经度范围是 -180 到 180，纬度范围是 -90 到 90。请检查是否经度在前。
coordinates-not-degrees = { $file } 声明为经纬度，但坐标范围是 { $bounds }（西、南、东、北）。请指明投影坐标系，例如 --crs EPSG:4547。
coordinates-not-metres = { $file } 声明为 { $crs }（米），但坐标是 { $bounds }，像是经纬度。请指明坐标系，例如 --crs EPSG:4326。
coordinates-swapped = 有 { $count } 行纬度在经度之前，已对调。
crs-assumed = 未指明坐标系，经纬度按 WGS 84 处理。若来自国内网络地图，请输入 --crs gcj02 或 --crs bd09。
crs-doubtful = 有 { $count } 个点落在辖区之外，若按 { $crs } 读取则落在辖区之内。如果确实如此，请输入 --crs { $crs }。
coordinates-swap-doubtful = 有 { $count } 个点落在辖区之外，若纬度在前则落在辖区之内。请检查两列的次序。
crs-missing = { $file } 未注明坐标系，其坐标范围是 { $bounds }（西、南、东、北）。请指明，例如 --crs { $hint }（或 cgcs2000、gcj02、bd09）。
crs-overridden = 文件自称坐标系为 { $own }，已按您指明的 { $named } 读取。
crs-unknown = 不认识坐标系“{ $name }”。请输入例如 EPSG:4326、EPSG:4547、cgcs2000、gcj02 或 bd09。

# 文件
file-missing = 找不到文件 { $file }。请检查路径。
file-empty = { $file } 是空文件（0 字节）。请重新导出或复制。
file-corrupt = { $file } 无法按 { $kind } 读取：文件已损坏或是别的格式。请重新导出或复制。
workbook-kind = { $file } 不是 Excel 工作簿（.xlsx 或 .xls）。请另存为 .xlsx 后再上传。
workbook-reaches-too-far = { $file } 的一张工作表延伸到单元格 { $cell }，而有内容的单元格只有 { $filled } 个。请按 Ctrl+End 查看最后一个单元格，删除表格之外的行和列，保存后重新上传；也可以只把表格复制到新的工作簿。
workbook-too-large = { $file } 的一张工作表有 { $rows } 行、{ $columns } 列；一次最多读取 { $limit } 个单元格。请分成几个文件，或另存为 CSV。
table-too-large = { $file } 有 { $rows } 行、{ $columns } 列，超过这么大的文件应有的内容；一次读取 { $limit } 个单元格。请分成几个文件。
workbook-unpacks-too-large = { $file } 解压后远大于同等大小的正常工作簿。请打开后重新保存再上传，或把表格另存为 CSV。
file-unreadable = { $file } 无法打开：没有读取权限，或磁盘出错。请检查文件权限。
file-too-large = { $file } 有 { $size_mb } MB，上限是 { $limit_mb } MB。请裁剪到辖区范围，或提高上限。
file-wrong-extension = 文件扩展名是 { $promised }，实际是 { $found }；已按实际格式读取。
file-encoding = 文字编码是 { $encoding }（文件声明：{ $named }），已照此读取。
file-encoding-unknown = { $file } 的文字既不是 UTF-8 也不是 GB18030。请另存为 UTF-8。
file-kind-unknown = 无法写出 { $file }：扩展名应是 { $known } 之一。
file-not-writable = 无法写出 { $file }：{ $reason ->
    [denied] 没有写入权限。请换一个文件夹，或请其所有者授权。
    [full] 磁盘已满。请腾出空间，或换一个磁盘。
    [folder] 文件夹不存在。请先创建。
    [taken] 这是一个文件夹。请填写文件名。
   *[other] 系统拒绝写入。请换一个文件夹。
 }
folder-missing = 没有文件夹 { $folder }，无法写出 { $file }。请先创建。
raster-too-large = { $file } 在辖区内有 { $cells } 个格子，上限是 { $limit }。请裁剪或降低分辨率。
raster-elsewhere = { $file } 没有覆盖辖区。请检查坐标系。
raster-empty = { $file } 在辖区内没有人口：没有大于 0 的格子。
raster-negative = 栅格中有 { $count } 个格子为负数或不是数字。
shapefile-incomplete = { $file } 缺少 { $missing }。Shapefile 需要 .shp、.shx、.dbf 放在一起，请一并复制。
zip-not-one-layer = { $file } 应恰好包含一个空间数据文件；找到：{ $found }。
osm-theme = { $file } 是 OpenStreetMap 数据，这里只能从中读取街道、建筑和屏障。请先把需要的内容另存为 GeoPackage。

# 图层与列
layer-empty = { $file } 中没有可用的几何图形。请检查文件和图层是否正确，并查看报告中被拒绝的内容。
layer-missing = { $file } 没有图层“{ $layer }”，现有：{ $found }。
layer-no-geometry = { $file } 只有表格，没有几何图形。请提供空间数据文件。
layer-unnamed = { $file } 有多个图层：{ $found }。请把需要的图层单独存成文件，或指明图层名。
table-empty = { $file } 没有数据行。
table-wrong-kind = { $file } 不是表格，而是 { $kind }。请提供 CSV、Excel 或 Parquet。
column-missing = { $file } 没有列 { $column }（可识别的名称：{ $aliases }），现有：{ $found }。
ids-missing = { $file }：列 { $column } 有 { $count } 个空单元格（第 { $rows } 行）。每行都要有编号。
ids-duplicate = { $file }：列 { $column } 有 { $count } 个编号重复（{ $examples }；第 { $rows } 行）。每个编号只能出现一次。

# 逐行结果
geometry-missing = 有 { $count } 行没有可读的几何图形。
geometry-outside-world = 有 { $count } 行位于地球范围之外。
geometry-wrong-kind = 有 { $count } 行的几何类型不符（需要 { $wanted }）。
heights-dropped = 已去掉 { $count } 个图形的高程，地图是平面的。
polygon-invalid = 已修复 { $count } 个无效多边形。
polygon-collapsed = 有 { $count } 个无效多边形修复后没有面积。
number-unreadable = 列 { $column } 有 { $count } 个单元格不是数字（“{ $example }”）。
place-missing = 有 { $count } 行缺少经度或纬度。
place-outside-world = 有 { $count } 个点位于地球范围之外。
population-empty = 列 { $column } 有 { $count } 个空单元格，按 0 计。
population-negative = 列 { $column } 有 { $count } 个负数。
population-unreadable = 列 { $column } 有 { $count } 个单元格不是人口数（“{ $example }”）。
row-ragged = 有 { $count } 行的单元格过多或过少。

# 打印的报告
report-source = { $source }：共 { $read } 行，采用 { $accepted } 行
report-repaired = 已修复
report-refused = 已拒绝
report-warned = 注意
report-rows = （第 { $rows } 行）
option-part = 无法理解 { $option } { $text }。请输入“部分=名称”，部分是 { $parts } 之一。
