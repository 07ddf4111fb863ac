# 由 GeoDataFrame 得到基本单元
frame-no-geometry = 数据框没有几何列。请给出每个单元一个面的 GeoDataFrame。
frame-crs-missing = 数据框没有说明坐标系；坐标范围为 { $bounds }（西、南、东、北）。请说明坐标系：frame.set_crs("EPSG:4547")
frame-outside-world = 按 { $crs }，坐标 { $bounds } 超出地球范围。请改用数据真正的坐标系：frame.set_crs(…, allow_override=True)
frame-column-missing = 数据框没有字段 { $column }；现有：{ $found }。请指定其他字段，例如 columns=dict(pop="人口")
frame-no-polygon = { $count } 个单元没有面，第一个是 { $unit }。请删除，或补上面。
frame-invalid = { $count } 个面无效，第一个是单元 { $unit }（{ $reason }）。请先修复：frame.make_valid()
frame-length = 数据框有 { $rows } 行，基本单元有 { $units } 个，其中 { $grids } 个有网格。请给出数据框、由它得到的单元和这些单元的方案。
