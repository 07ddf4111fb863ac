routing-not-polygon = { $count } grids are not polygons (rows { $rows }). Keep only polygons and multipolygons in the file.
routing-polygon-invalid = { $count } grids have invalid polygons (rows { $rows }): a boundary crosses itself, or a hole lies outside. Repair them first, for instance with “Fix geometries” in QGIS.
routing-coordinate-out-of-range = { $count } grids have coordinates that are not finite numbers, or beyond any map (rows { $rows }). Check the file and its coordinate system.
routing-no-polygons = There is no grid polygon to route to. Check that the file holds the grids, and the right layer.
routing-too-detailed = The grids have { $segments } boundary segments, more than the index holds. Simplify the boundaries, or route district by district.
routing-codes-mismatch = There are { $polygons } polygons but { $codes } codes. Give one code for each polygon.
routing-lengths-differ = There are { $lon } longitudes but { $lat } latitudes. Give one of each for every point.
