routing-not-polygon = { $count } grids are not polygons (rows { $rows }). Keep only polygons and multipolygons in the file.
routing-polygon-invalid = { $count } grids have invalid polygons (rows { $rows }): a boundary crosses itself, or a hole lies outside. Repair them first, for instance with “Fix geometries” in QGIS.
routing-coordinate-out-of-range = { $count } grids have coordinates that are not finite numbers, or beyond any map (rows { $rows }). Check the file and its coordinate system.
routing-no-polygons = There is no grid polygon to route to. Check that the file holds the grids, and the right layer.
routing-too-detailed = The grids have { $segments } boundary segments, more than the index holds. Simplify the boundaries, or route district by district.
routing-codes-mismatch = There are { $polygons } polygons but { $codes } codes. Give one code for each polygon.
routing-lengths-differ = There are { $lon } longitudes but { $lat } latitudes. Give one of each for every point.
routing-no-queue = The point lies off all grids, and no queue is named to take it. Name a fallback queue for the jurisdiction.
routing-time-zone-missing = The moment { $at } has no time zone. Give one, for instance +08:00.
routing-overlaps = The grids overlap in { $count } places, { $area_m2 } m² in all; the largest: { $places }. A point in an overlap went to the smallest grid_id.
routing-gaps = The grids leave { $count } enclosed gaps, { $area_m2 } m² in all; the largest: { $places }. A point in a gap belongs to no grid.
routing-grid-in-parts = { $count } rows repeat the grid_id of an earlier row; they were taken as further parts of the same grid.
routing-crs-doubtful = { $inside } of { $sample } points sampled fall inside the grids; { $inside_then } would if { $reading ->
    [swapped] longitude and latitude were swapped. Check the order of the columns.
    [gcj02] they were in GCJ-02, as Chinese web maps and phones give them. If they are, route again with --crs gcj02.
    [bd09] they were in BD-09 (Baidu). If they are, route again with --crs bd09.
   *[other] they were in { $reading }. If they are, route again with --crs { $reading }.
    }
routing-crs-not-degrees = The coordinates (such as { $example }) are no degrees, but were read as such: { $count } of the points sampled are off all grids. Name their system, for instance --crs EPSG:4547 or the one that the grids are in.
routing-step-grids = Reading the grids
routing-step-points = Routing the points
routing-done = { $points } points: { $inside } inside, { $outside } outside all grids, { $invalid } without a usable place. Written to { $out }.
routing-finding = { $file }: { $text }{ $rows ->
    [none] {""}
   *[other] {" "}(rows { $rows })
    }
