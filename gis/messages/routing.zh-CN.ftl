routing-not-polygon = 有 { $count } 个网格不是面（第 { $rows } 行）。请在文件中只保留面和多部件面。
routing-polygon-invalid = 有 { $count } 个网格的面无效（第 { $rows } 行）：边界自相交，或孔洞落在面外。请先修复，例如用 QGIS 的“修正几何图形”。
routing-coordinate-out-of-range = 有 { $count } 个网格的坐标不是有限数值或超出任何地图范围（第 { $rows } 行）。请检查文件及其坐标系。
routing-no-polygons = 没有可供定位的网格面。请确认文件中是网格，并选对图层。
routing-too-detailed = 网格边界共有 { $segments } 条线段，超出索引容量。请简化边界，或分区定位。
routing-codes-mismatch = 有 { $polygons } 个面，却有 { $codes } 个编码。请为每个面给出一个编码。
routing-lengths-differ = 有 { $lon } 个经度，却有 { $lat } 个纬度。请让每个点各有一个。
routing-no-queue = 该点不在任何网格内，也没有指定受理队列。请为辖区指定兜底队列。
routing-time-zone-missing = 时间 { $at } 没有时区。请注明，例如 +08:00。
routing-overlaps = 网格有 { $count } 处重叠，共 { $area_m2 } 平方米；最大的是：{ $places }。重叠处的点归 grid_id 最小的网格。
routing-gaps = 网格之间有 { $count } 处空隙，共 { $area_m2 } 平方米；最大的是：{ $places }。空隙中的点不属于任何网格。
routing-grid-in-parts = 有 { $count } 行的 grid_id 与前面的行相同，已作为同一网格的其他部分处理。
routing-crs-doubtful = 抽查的 { $sample } 个点中有 { $inside } 个落在网格内；{ $reading ->
    [swapped] 若经纬度互换，则有 { $inside_then } 个。请检查两列的顺序。
    [gcj02] 若按 GCJ-02（国内网络地图和手机坐标）理解，则有 { $inside_then } 个。如确是如此，请加 --crs gcj02 重新定位。
    [bd09] 若按 BD-09（百度坐标）理解，则有 { $inside_then } 个。如确是如此，请加 --crs bd09 重新定位。
   *[other] 若按 { $reading } 理解，则有 { $inside_then } 个。如确是如此，请加 --crs { $reading } 重新定位。
    }
routing-crs-not-degrees = 坐标（如 { $example }）不是经纬度，却按经纬度读取：抽查的点中有 { $count } 个不在任何网格内。请注明其坐标系，如 --crs EPSG:4547，或网格所用的坐标系。
routing-step-grids = 读取网格
routing-step-points = 为点定位
routing-done = 共 { $points } 个点：{ $inside } 个在网格内，{ $outside } 个在所有网格之外，{ $invalid } 个没有可用坐标。结果写入 { $out }。
routing-finding = { $file }:{ $text }{ $rows ->
    [none] {""}
   *[other] （第 { $rows } 行）
    }
