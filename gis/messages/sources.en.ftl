source-unknown = There is no source “{ $name }”. Type one of: { $known }.
source-named = Reports of { $source } that name no coordinate system are read in { $crs } from now on.
table-source = Source
table-crs = Coordinate system
table-recorded-at = Since
table-recorded-by = Named by
help-sources = Where reports come from, and in which coordinate system each source gives its places.
help-sources-list = Show every source with its coordinate system.
help-sources-set = Name the system of a source, for reports that name none, from now on.
help-sources-set-more = What came in before stays where it is. A source without a named system reports in WGS 84.
help-sources-set-source = patrol, public_report, hotline_12345, hotline_110, department or sensor.
help-sources-set-crs = EPSG:4326, EPSG:4547, cgcs2000, gcj02, bd09 …
source-doubted = { $source }: { $inside } of its last { $sample } single reports lie inside the grids; { $inside_then } would { $reading ->
    [swapped] if longitude and latitude were swapped. Ask whoever sends them.
   *[other] if they were in { $reading }. If they are, type: wangge sources set { $source } { $reading }
 }
help-sources-list-more = The single reports of late of each source are looked at: whether they would fit the grids better in another system.
