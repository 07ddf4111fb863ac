routing-not-polygon = 有 { $count } 个网格不是面(第 { $rows } 行)。请在文件中只保留面和多部件面。
routing-polygon-invalid = 有 { $count } 个网格的面无效(第 { $rows } 行):边界自相交,或孔洞落在面外。请先修复,例如用 QGIS 的“修正几何图形”。
routing-coordinate-out-of-range = 有 { $count } 个网格的坐标不是有限数值或超出任何地图范围(第 { $rows } 行)。请检查文件及其坐标系。
routing-no-polygons = 没有可供定位的网格面。请确认文件中是网格,并选对图层。
routing-too-detailed = 网格边界共有 { $segments } 条线段,超出索引容量。请简化边界,或分区定位。
routing-codes-mismatch = 有 { $polygons } 个面,却有 { $codes } 个编码。请为每个面给出一个编码。
routing-lengths-differ = 有 { $lon } 个经度,却有 { $lat } 个纬度。请让每个点各有一个。
