# Units from a GeoDataFrame
frame-no-geometry = The frame has no geometry. Give a GeoDataFrame with a polygon per unit.
frame-crs-missing = The frame does not say its coordinate system; its coordinates are { $bounds } (west, south, east, north). Name it: frame.set_crs("EPSG:4547").
frame-outside-world = In { $crs }, the coordinates { $bounds } lie outside the world. Name the frame's real coordinate system: frame.set_crs(…, allow_override=True).
frame-column-missing = The frame has no column { $column }; it has: { $found }. Name another, for instance columns=dict(pop="TOTAL").
frame-no-polygon = { $count } units have no polygon; the first is { $unit }. Remove them, or give each one.
frame-invalid = { $count } polygons are invalid; the first is that of unit { $unit } ({ $reason }). Mend them: frame.make_valid().
frame-length = The frame has { $rows } rows, there are { $units } units, and { $grids } of them have a grid. Give the frame, the units made of it, and their plan.
