source-unknown = 没有名为“{ $name }”的来源。请输入其中之一：{ $known }。
source-named = 从现在起，来自 { $source } 且未注明坐标系的上报按 { $crs } 读取。
table-source = 来源
table-crs = 坐标系
table-recorded-at = 起始时间
table-recorded-by = 设定人
help-sources = 上报的来源，以及各来源所用的坐标系。
help-sources-list = 列出每个来源及其坐标系。
help-sources-set = 设定某一来源的坐标系，自此用于未注明坐标系的上报。
help-sources-set-more = 以前的上报位置不变。未设定坐标系的来源按 WGS 84 读取。
help-sources-set-source = patrol、public_report、hotline_12345、hotline_110、department 或 sensor。
help-sources-set-crs = EPSG:4326、EPSG:4547、cgcs2000、gcj02、bd09 等。
source-doubted = { $source }：最近 { $sample } 件单独上报中，{ $inside } 件落在网格内；若{ $reading ->
    [swapped] 经纬度顺序颠倒，则有 { $inside_then } 件落在网格内。请向上报方核实。
   *[other] 按 { $reading } 读取，则有 { $inside_then } 件落在网格内。如确是如此，请输入：wangge sources set { $source } { $reading }
 }
help-sources-list-more = 同时检查各来源最近的单独上报：若按另一坐标系读取，是否更符合网格。
