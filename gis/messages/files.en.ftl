# Coordinate systems
coordinates-outside-world = Longitude { $lon }, latitude { $lat } is not a place on earth: longitude goes from -180 to 180, latitude from -90 to 90. Check that longitude comes first.
coordinates-not-degrees = { $file } is said to be in degrees, but its coordinates are { $bounds } (west, south, east, north). Name its projected system, for instance --crs EPSG:4547.
coordinates-not-metres = { $file } is said to be in { $crs }, in metres, but its coordinates are { $bounds }, which look like degrees. Name its system, for instance --crs EPSG:4326.
coordinates-swapped = In { $count ->
    [one] 1 row
   *[other] { $count } rows
 } latitude stood before longitude; they were swapped.
crs-assumed = No coordinate system was named: longitude and latitude were taken as WGS 84. If they come from a Chinese web map, type --crs gcj02 or --crs bd09.
crs-doubtful = { $count } places fall outside the jurisdiction, and would fall inside if read as { $crs }. If that is what they are, type --crs { $crs }.
coordinates-swap-doubtful = { $count } places fall outside the jurisdiction, and would fall inside if latitude came first. Check the order of the two columns.
crs-missing = { $file } does not say its coordinate system; its coordinates are { $bounds } (west, south, east, north). Name it, for instance --crs { $hint } (or cgcs2000, gcj02, bd09).
crs-overridden = The file says that it is in { $own }; it was read as { $named }, as you named it.
crs-unknown = No coordinate system is known as “{ $name }”. Type for instance EPSG:4326, EPSG:4547, cgcs2000, gcj02 or bd09.

# Files
file-missing = There is no file { $file }. Check the path.
file-empty = { $file } is empty (0 bytes). Export or copy it again.
file-corrupt = { $file } cannot be read as { $kind }: it is damaged or of another kind. Export or copy it again.
workbook-kind = { $file } is not an Excel workbook (.xlsx or .xls). Save it as .xlsx and send that.
workbook-reaches-too-far = A sheet of { $file } reaches to cell { $cell }, though { $filled ->
    [one] one cell of it is
   *[other] { $filled } cells of it are
 } filled. Press Ctrl+End to see its last cell, delete the rows and columns behind the table, save, and send it again; or copy the table alone into a new workbook.
workbook-too-large = A sheet of { $file } has { $rows } rows and { $columns } columns; at most { $limit } cells are read at once. Divide it, or save it as CSV.
table-too-large = { $file } has { $rows } rows and { $columns } columns, more than a file of its size holds; { $limit } cells are read at once. Divide it.
workbook-unpacks-too-large = { $file } unpacks to more than a workbook of its size does. Open it, save it anew, and send that; or save the table as CSV.
file-unreadable = { $file } cannot be opened: you have no right to read it, or its disk fails. Check its permissions.
file-too-large = { $file } takes { $size_mb } MB; the limit is { $limit_mb } MB. Cut it to the jurisdiction, or raise the limit.
file-wrong-extension = The file is named as { $promised }, but it is { $found }; it was read as what it is.
file-encoding = The text is in { $encoding } (the file says: { $named }); it was read so.
file-encoding-unknown = The text of { $file } is neither UTF-8 nor GB18030. Save it as UTF-8.
file-kind-unknown = { $file } cannot be written: its extension is not one of { $known }.
file-not-writable = { $file } cannot be written: { $reason ->
    [denied] you have no right to write there. Choose another folder, or ask whoever owns it.
    [full] the disk is full. Free space, or choose another disk.
    [folder] there is no such folder. Create it first.
    [taken] that is a folder. Name a file.
   *[other] the system refused it. Choose another folder.
 }
folder-missing = There is no folder { $folder } for { $file }. Create it first.
raster-too-large = { $file } has { $cells } cells in the jurisdiction; the limit is { $limit }. Cut it or make it coarser.
raster-elsewhere = { $file } does not cover the jurisdiction. Check its coordinate system.
raster-empty = { $file } holds nobody in the jurisdiction: no cell above 0.
raster-negative = { $count } cells of the raster are negative or no number.
shapefile-incomplete = { $file } lacks its part { $missing }. A Shapefile needs .shp, .shx and .dbf side by side; copy all of them.
zip-not-one-layer = { $file } must hold exactly one geometry file; found: { $found }.
osm-theme = { $file } is an OpenStreetMap extract, from which only streets, buildings and barriers are taken here. Extract what you need into a GeoPackage first.

# Layers and columns
layer-empty = { $file } holds no usable geometry. Check that it is the right file and layer, and see the report for what was refused.
layer-missing = { $file } has no layer “{ $layer }”; it has: { $found }.
layer-no-geometry = { $file } holds no geometry, only a table. Give a geometry file.
layer-unnamed = { $file } holds several layers: { $found }. Put the wanted one into a file of its own, or name it.
table-empty = { $file } holds no rows.
table-wrong-kind = { $file } is no table but { $kind }. Give CSV, Excel or Parquet.
column-missing = { $file } has no column { $column } (names understood: { $aliases }); it has: { $found }.
ids-missing = { $file }: { $count } cells of { $column } are empty (rows { $rows }). Each row needs an id.
ids-duplicate = { $file }: { $count } ids of { $column } occur more than once ({ $examples }; rows { $rows }). Each must occur once.

# Findings by row
geometry-missing = { $count ->
    [one] 1 row has
   *[other] { $count } rows have
 } no readable geometry.
geometry-outside-world = { $count ->
    [one] 1 row lies
   *[other] { $count } rows lie
 } outside the world.
geometry-wrong-kind = { $count ->
    [one] 1 row is
   *[other] { $count } rows are
 } not of the wanted kind ({ $wanted }).
heights-dropped = Heights of { $count ->
    [one] 1 geometry
   *[other] { $count } geometries
 } were dropped; the map is flat.
polygon-invalid = { $count ->
    [one] 1 invalid polygon was
   *[other] { $count } invalid polygons were
 } made valid.
polygon-collapsed = { $count ->
    [one] 1 invalid polygon has
   *[other] { $count } invalid polygons have
 } no area left after repair.
number-unreadable = { $column }: { $count ->
    [one] 1 cell is
   *[other] { $count } cells are
 } no number (“{ $example }”).
place-missing = { $count ->
    [one] 1 row lacks
   *[other] { $count } rows lack
 } longitude or latitude.
place-outside-world = { $count ->
    [one] 1 place lies
   *[other] { $count } places lie
 } outside the world.
population-empty = { $column }: { $count ->
    [one] 1 empty cell was
   *[other] { $count } empty cells were
 } counted as 0.
population-negative = { $column }: { $count ->
    [one] 1 number is
   *[other] { $count } numbers are
 } negative.
population-unreadable = { $column }: { $count ->
    [one] 1 cell is
   *[other] { $count } cells are
 } no number of people (“{ $example }”).
row-ragged = { $count ->
    [one] 1 row has
   *[other] { $count } rows have
 } too many or too few cells.

# The printed report
report-source = { $source }: { $accepted } of { $read } rows taken
report-repaired = repaired
report-refused = refused
report-warned = warning
report-rows = {" "}(rows { $rows })
option-part = { $option } { $text } is not understood. Type PART=NAME, where PART is one of { $parts }.
