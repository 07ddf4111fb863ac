# Exports
plan-export-format = Plans are not exported as “{ $format }”. Choose one of: { $known }.
plan-export-draft = A plan that is not published is exported by planners and leaders only. Ask one of them, or take the plan in force.
plan-export-within = There is no grid { $code } in plan { $id }. Take the code of a sub-district, community or basic grid of the plan.
plan-export-empty = Plan { $id } has no grids yet. Put units into grids first.
plan-export-step-read = Reading the plan
plan-export-step-write = Writing the file
plan-export-step-atlas = Drawing the pages
plan-export-synthetic = Synthetic demonstration data: no real boundaries, people or addresses
plan-export-crs = Coordinates in metres, { $crs }
plan-export-layer-sub-districts = Sub-districts
plan-export-layer-communities = Communities
plan-export-layer-grids = Basic grids
plan-export-layer-units = Units
plan-export-sheet-about = Plan
plan-export-total = Sum
plan-export-done = { $file } is written: { $grids } basic grids, { $size_mb } MB.
plan-export-field-code = Code
plan-export-field-level = Level
plan-export-field-parent-code = Belongs to
plan-export-field-name-zh = Name (Chinese)
plan-export-field-name-en = Name (English)
plan-export-field-population = People
plan-export-field-households = Households
plan-export-field-area-m2 = Area (m²)
plan-export-field-load = Load
plan-export-field-deviation = Deviation from the fair load
plan-export-field-units = Units
plan-export-field-compactness = Compactness (0 to 1)
plan-export-field-lead = Person in charge
plan-export-field-lead-phone = Telephone of the person in charge
plan-export-field-unit-id = Unit
plan-export-field-grid-id = Basic grid of the unit
plan-export-about-plan = Plan
plan-export-about-status = State
plan-export-about-effective = In force since
plan-export-about-balance = Balanced by
plan-export-about-tolerance = Tolerance
plan-export-about-grids = Basic grids
plan-export-about-within = Within the tolerance
plan-export-about-max = Greatest deviation
plan-export-about-mean = Mean deviation
plan-export-about-population = People
plan-export-about-households = Households
plan-export-about-area = Area (m²)
plan-export-about-exported = Exported at
plan-status-draft = Draft
plan-status-in-review = In review
plan-status-published = In force
plan-status-superseded = Superseded

# The printed atlas
atlas-libraries-missing = The atlas cannot be printed here: libraries that lay out pages are missing. On the server type make setup, or as root: apt-get install { $packages }
atlas-font-missing = The atlas cannot be printed here: no font with Chinese characters is installed. On the server type make setup, or as root: apt-get install { $packages }
atlas-not-found = There is no atlas { $id } that you had printed. Open the plan and print it again.
atlas-not-done = Atlas { $id } is not printed: it is still at work, was cancelled, or failed. Look at the plan, and print it again if need be.
atlas-gone = The file of atlas { $id } is no longer kept: atlases are removed after { $days } days. Print it again.
atlas-no-owner = Atlas { $id } is not printed: the account that asked for it is disabled.
atlas-as-job = An atlas of { $grids } grids takes its time: at most { $most } are printed while you wait. Print it in the background (POST /api/v1/plans/{ $id }/atlases, or “Print” on the page), or take a part of it.
atlas-synthetic = Synthetic data
atlas-printed = Printed { $at }
atlas-north = N
atlas-counts = { $communities } communities, { $grids } basic grids
atlas-index = Index
atlas-index-grid = Basic grid
atlas-index-code = Code
atlas-index-community = Community
atlas-index-people = People
atlas-index-deviation = Deviation
atlas-index-lead = Grid lead
atlas-index-page = Page
atlas-figures = Figures
atlas-population = People
atlas-households = Households
atlas-area = Area
atlas-load = Load
atlas-deviation = Deviation from the fair load
atlas-units = Units
atlas-compactness = Compactness
atlas-within = Within the tolerance of { $tolerance }
atlas-outside = Outside the tolerance of { $tolerance }
atlas-level-1 = Sub-district
atlas-level-2 = Community
atlas-level-3 = Basic grid
atlas-chain = Leaders attached
atlas-attached-in-charge = In charge
atlas-attached-contact = Contact
atlas-attached-stationed = Stationed
atlas-nobody = Nobody holds a post here.
atlas-more = and { $count } more

# Drafts from files
plan-import-step-read = Reading the file
plan-import-step-overlay = Laying the polygons over the units
plan-import-step-store = Making the draft
plan-import-no-outlines = { $file } has no closed lines that could be grids (layers: { $found }). Name the layer that the outlines are on, or close the lines.
plan-import-too-many = { $file } has { $polygons } polygons with { $vertices } vertices; at most { $most } with { $most_vertices } are taken. Divide it, or simplify it.
plan-import-too-large = The file has more than { $limit } MB. Remove what is not grids, or divide it.
plan-import-no-units = { $code } has no units yet, onto which grids could be laid. Build them first: wangge units build.
plan-import-elsewhere = { $file } lies at { $bounds } (west, south, east, north), nowhere near the jurisdiction at { $wanted }. Name its coordinate system, for instance EPSG:4547, gcj02 or bd09.
plan-import-codes-needed = Neither the file nor a plan in force says to which community a grid belongs. Give each grid its 15-digit code beginning with { $code }.
plan-import-pieces = The table names unit { $unit } and pieces of it, or only some of its pieces. Name either the unit, or all of its pieces.
plan-import-not-below = No unit of the plan in force lies below { $code }, which is yours. Ask a planner of the whole jurisdiction.
plan-import-beyond = The file moves { $count } units that do not lie below { $below }, which is yours, or takes them out of it (for instance { $units }). Nothing was imported. Leave out of the file what is not yours, or ask a planner of the whole jurisdiction.
plan-import-parts-joined = { $count ->
    [one] 1 grid was
   *[other] { $count } grids were
 } drawn in several features of one code; they were joined.
plan-import-unassigned = { $count ->
    [one] 1 unit is
   *[other] { $count } units are
 } in no grid. The editor shows them; put them into grids before publishing.
plan-import-outside-scope = { $count } units lie outside { $below }, which is yours, and stay in their grids of today.
plan-import-codes-invalid = { $count ->
    [one] 1 code is
   *[other] { $count } codes are
 } none of a basic grid of { $below } ({ $examples }); the grids got codes as if they had none.
plan-import-codes-kept = { $count ->
    [one] 1 grid without a code goes
   *[other] { $count } grids without codes go
 } on under the code of the grid in force that it is mostly made of.
plan-import-codes-new = { $count ->
    [one] 1 grid
   *[other] { $count } grids
 } got new codes, which no grid ever had.
plan-import-duplicate = { $count ->
    [one] 1 polygon is
   *[other] { $count } polygons are
 } there twice ({ $area_m2 } m²); the later one was left out. The largest: { $lon }, { $lat }.
plan-import-overlap = Polygons overlap in { $count ->
    [one] 1 place
   *[other] { $count } places
 } ({ $area_m2 } m², the largest { $largest_m2 } m² at { $lon }, { $lat }). The land goes to the polygon that has more of the unit.
plan-import-gap = Inside { $units } units { $area_m2 } m² lie in no polygon (the largest gap { $largest_m2 } m² at { $lon }, { $lat }). They go with the rest of their unit.
plan-import-sliver = { $count ->
    [one] 1 sliver
   *[other] { $count } slivers
 } where edges miss units by little ({ $area_m2 } m², the largest { $largest_m2 } m² at { $lon }, { $lat }) cut nothing: the units stay whole.
plan-import-missing = { $units } units ({ $area_m2 } m², around { $lon }, { $lat }) lie in no polygon, as large as a grid. They are not given to any grid of the file.
plan-import-missing-handed-on = { $units } units ({ $area_m2 } m², the largest hole { $largest_m2 } m² at { $lon }, { $lat }) lie in no polygon. Each went to the neighbour with the longest shared boundary.
plan-import-outside = { $count ->
    [one] 1 polygon reaches
   *[other] { $count } polygons reach
 } beyond the units of the jurisdiction ({ $area_m2 } m², the largest part { $largest_m2 } m² at { $lon }, { $lat }). That land is left out.
plan-import-split = { $count ->
    [one] 1 unit is
   *[other] { $count } units are
 } cut, because an edge truly runs through. People are shared by buildings, else by area.
plan-import-lost = { $count ->
    [one] 1 polygon
   *[other] { $count } polygons
 } got no unit: too small, or elsewhere (the largest { $largest_m2 } m² at { $lon }, { $lat }). Check whether they are grids.
help-export = Write what the database holds as files for others.
help-export-plan = Write a plan or draft in the format of your choice; a draft is settled first.
help-export-plan-more = GeoPackage, Shapefile, GeoJSON and KML are in WGS 84, DXF in metres of the place. The atlas is a PDF with a page for each basic grid.
help-export-plan-plan-id = Number of the plan.
help-export-plan-form = gpkg, shp, geojson, kml, dxf, csv, xlsx or atlas.
help-export-plan-out = File to write.
help-export-plan-within = Code of a sub-district, community or basic grid: only that part.
help-export-plan-people = Let names of who is in charge go with it; --no-people leaves them out.
help-export-plan-phones = Let telephone numbers go with the names.
help-export-plan-lang = Language of headings: zh-CN or en; by default that of the terminal.
help-import-draft = Make a draft from a table unit_id,grid_id or from polygons in any format.
help-import-draft-more = Polygons are laid over the units; a unit is cut only where an edge truly runs through it. The report tells what was found and mended.
help-import-draft-file = CSV, Excel, GeoPackage, Shapefile (also zipped), GeoJSON, KML, DXF, GeoParquet.
help-import-draft-jurisdiction = Code of the organisation, such as 410102.
help-import-draft-name = Name of the draft.
help-import-draft-layer = Layer, where the file has several; of a DXF the layer of the outlines.
help-import-draft-code-column = Column with the grids' codes.
help-import-draft-crs = Coordinate system of the polygons: EPSG:4326, EPSG:4547, gcj02, bd09, …
help-import-draft-drop-rest = Units that the file leaves out are in no grid, instead of staying in that of today.
help-import-draft-dry-run = Check only.
plan-import-done = Draft { $id }: { $grids } basic grids, { $units } units, { $cut } of them cut, { $unassigned } in no grid.
plan-import-tried = Would be a draft of { $grids } basic grids, { $units } units, { $cut } of them cut, { $unassigned } in no grid.
