# The help pages of the command `wangge`: see api/cli/help.py for how their names are made.
help = Urban grid management: atomic units, balanced grids, routed incidents, and the pages.
help-usage = Usage:
help-word-options = [OPTIONS]
help-word-command = COMMAND …
help-heading-arguments = Arguments:
help-heading-options = Options:
help-heading-commands = Commands:
help-required = required
help-default = default:
help-help = Show this page.

usage-missing = { $name } is missing. See: { $call } --help
usage-no-such-option = There is no option { $name }. See: { $call } --help
usage-bad-value = The value of { $name } is not understood. See: { $call } --help
usage-wrong = The command is mistyped. See: { $call } --help

# Options of several commands
help-json = Print JSON.
help-crs = Coordinate system of the geometry files, if they do not say: EPSG:4547, gcj02, …
help-port = TCP port; 8000 unless set.
help-host = Address to listen on; 127.0.0.1 unless set.

help-units = Atomic units: the pieces that grids are made of.
help-units-build = Cut streets, buildings and a boundary into units that tile it without gap or overlap.
help-units-build-more = Exit code 0: the units are written, and the report says what was repaired, refused or doubted. 1: an input or option cannot be used; one sentence says why; nothing is written. 2: the command was mistyped.
help-units-build-out = Where the units go: .parquet, .gpkg, .geojson, .shp or .fgb.
help-units-build-streets = Street centre lines; an OSM PBF will do. Without: H3 cells.
help-units-build-buildings = Building polygons, with people if known: units are split between them.
help-units-build-boundary = Polygons of the jurisdiction; no unit crosses from one into another.
help-units-build-barriers = Railways, rivers (lines) and lakes that part units.
help-units-build-population = People: a table of places, a layer of places or zones, or a GeoTIFF.
help-units-build-population-column = The column of people. Without: pop, population, 人口 …
help-units-build-parent = A column of the boundary to keep: the sub-district's code.
help-units-build-crs = The coordinate system of all files, or of one as PART=NAME: EPSG:4547, cgcs2000, gcj02, bd09 … It wins over the file's own. Parts: streets, boundary, buildings, barriers, population.
help-units-build-layer = The layer of a file that holds several, as PART=NAME.
help-units-build-grids = How many basic grids are wanted: larger units are split to suit.
help-units-build-max-pop = At most so many people a unit.
help-units-build-max-area-m2 = At most so large a unit, in m².
help-units-build-min-area-m2 = Smaller units are slivers, in m².
help-units-build-min-width-m = Thinner units are slivers, in metres.
help-units-build-h3-resolution = Cut into H3 cells of this resolution, 0 to 15.
help-units-build-max-file-mb = Refuse larger input files, in MB.
help-units-build-report = Write the validation report here.
help-units-build-as-json = Print the result as JSON.

help-plan = Grids: generate, score, compare, polygons.
help-balance = What to share out: pop, area, any column, or a mix: load=0.6*pop+0.4*area (each column counts by its share of its own total).
help-plan-generate = Divide UNITS into grids: connected, balanced, with short and clear boundaries.
help-plan-generate-more = The same input, seed and effort give the same plan; --seconds sets how long to search when no effort is given, and ends the search at that time. Ctrl-C ends it with the best plan so far. Exit code 0: within the tolerance. 3: the best plan found is written, but some grids are outside the tolerance, and the reasons are printed. 1: nothing written. 2: wrong command line.
help-plan-generate-units = Units: unit_id, pop and polygons.
help-plan-generate-grids = How many grids.
help-plan-generate-out = The plan: unit_id,grid_id (CSV).
help-plan-generate-tolerance = How far a load may be from the mean: 0.05 is 5 %.
help-plan-generate-parent = Column of areas that no grid crosses.
help-plan-generate-current = The grids of today: a column, or a CSV like PLAN.csv.
help-plan-generate-keep = How dear moving people from their grid is: 0 free; from 1 on as few as possible move.
help-plan-generate-streets = Streets (highway or class): boundaries prefer arterials.
help-plan-generate-pin = CSV unit_id,grid_id: units that are fixed.
help-plan-generate-together = Column of groups that stay in one grid.
help-plan-generate-also = A further criterion and its tolerance, such as area:0.2. May be repeated.
help-plan-generate-limit = A column with its least and most in every grid, such as households=300:500. May be repeated.
help-plan-generate-lock = The name of a grid of today that stays as it is. May be repeated.
help-plan-generate-clarity = How much streets count against length: 0 not at all, 1 as usual, 3 a great deal.
help-plan-generate-barriers = Lines that no grid crosses: rivers, railways, walls.
help-plan-generate-seeds = Points, such as community offices, each of which gets its own grid (grid_id names it).
help-plan-generate-alternatives = How many plans to choose from, 1 to 20, spread over balance, clear boundaries, compactness and change. The others, OUT-2, OUT-3 and so on, are plans that none beats; a table OUT-alternatives and a chart OUT-alternatives.svg compare them.
help-plan-generate-moves = Where to write the moves from today (--current) in an order that can be carried out.
help-plan-generate-seconds = Stop searching after so many seconds; with alternatives, so many for each.
help-plan-generate-seed = Same seed, same plan.
help-plan-generate-effort = Search so many times as long as usual.
help-plan-score = Measure a plan: loads, deviations, connectedness, shape, per grid and in all.
help-plan-score-units = Units: unit_id, pop and polygons.
help-plan-score-plan = The plan: unit_id,grid_id.
help-plan-score-tolerance = Share by which a load may differ from the mean: also why each grid beyond it is outside.
help-plan-score-parent = Column of areas that grids do not cross.
help-plan-score-streets = Streets: also the share of boundary on arterials.
help-plan-score-together = Column of groups: also which are cut.
help-plan-compare = Units and people that would move from plan A to plan B, whatever their ids.
help-plan-compare-units = Units: unit_id, pop and polygons.
help-plan-compare-before = The first plan.
help-plan-compare-after = The second plan.
help-plan-polygons = The polygons of a plan's grids, without gap or overlap; checked.
help-plan-polygons-more = Written in WGS 84. Exit code 0; 1 if the polygons are no coverage (they are not written).
help-plan-polygons-units = Units: unit_id, pop and polygons.
help-plan-polygons-plan = The plan: unit_id,grid_id.
help-plan-polygons-out = Grids by extension: .gpkg .parquet .geojson .shp.
help-plan-polygons-simplify-m = Simplify boundaries by so many metres, gap-free.

help-route = Give each point its grid: point_id,grid_id,status in the same order.
help-route-more = A point on a shared boundary belongs to the smallest grid_id that touches it.
help-route-grids = Grids: grid_id and polygons.
help-route-points = Points: CSV or Parquet with point_id,lon,lat.
help-route-out = Owners of the points: .csv or .parquet.
help-route-threads = Threads that look for the grids of the points.
help-route-crs = Coordinate system of the points: EPSG:4326, gcj02, bd09 …

help-db = The database: start, stop, status, upgrade.
help-db-start = Start the private PostgreSQL cluster; create it the first time.
help-db-stop = Stop the private PostgreSQL cluster.
help-db-status = Tell whether the database runs: exit code 0 if it does, 3 if not.
help-db-upgrade = Start the database if need be and bring its tables up to date.

help-demo = Load the demo city if it is not there yet, and serve it.
help-demo-scale = sub-districts (170,000 people), district (1 million) or city (10 million).
help-demo-seed = Another seed, another city.
help-demo-until = When its two years of incidents end; without: now.
help-demo-serve = Serve the pages afterwards.
help-demo-reset = Build a loaded demo city anew.

help-serve = Serve the pages, the API and the tiles until stopped.

help-import = Bring your own files into the database.
help-import-incidents = Import incidents: whole or not at all, each routed to its grid and person.
help-import-incidents-more = Exit codes: 0 imported, 1 refused (the report says which rows and why).
help-import-incidents-file = CSV, Excel, Parquet or GeoJSON.
help-import-incidents-jurisdiction = Code of the organisation, such as 410102.
help-import-incidents-skip-bad = Import good rows, report the others.
help-import-incidents-dry-run = Check only.
help-import-incidents-again = Import a content that was imported before once more.
help-import-incidents-accept-crs = The coordinate system is right, even if another one fits the jurisdiction better.
help-import-incidents-crs = Coordinate system of the coordinates: EPSG:4326, EPSG:4547, gcj02, bd09, …
help-import-plan = Store units and a plan of them, and publish it: checked, coded, in force at once.
help-import-plan-units = Units: unit_id, pop and polygons.
help-import-plan-assignment = PLAN.csv with unit_id,grid_id.
help-import-plan-jurisdiction = Code: 4 digits city, 6 district, 9 sub-district.
help-import-plan-name = Name of the jurisdiction.
help-import-plan-duty-name = Who answers where no post is filled.
help-import-plan-duty-phone = Their telephone.
help-import-plan-tolerance = Share that loads may differ by: 0.05 is 5 %.

# Tables
table-grid-id = grid
table-units = units
table-pop = people
table-area-m2 = area m²
table-load = load
table-deviation = deviation
table-contiguous = connected
table-compactness = compactness
table-before = before
table-after = after
table-yes = yes
table-no = no

cause = Cause: { $cause }
help-plan-nested = Divide UNITS into communities, and those into basic grids, in one search.
help-plan-nested-more =
    Communities and basic grids are shared out between areas by load. Basic grids of one area come
    out equal within the tolerance. Exit codes as of plan generate.
help-plan-nested-units = Units: unit_id, pop and polygons.
help-plan-nested-grids = How many basic grids (level 3) in all.
help-plan-nested-communities = How many communities (level 2) in all.
help-plan-nested-out = The plan: unit_id,grid_id,level_2,level_1 (CSV).
help-plan-nested-areas = Column of areas (level 1), such as sub-districts; one area if not given.
help-plan-nested-tolerance = How far a load may be from the mean of its area: 0.05 is 5 %.
help-plan-nested-streets = Streets (highway or class): boundaries prefer arterials.
help-plan-nested-clarity = How much streets count against length: 0 not at all, 1 as usual, 3 a great deal.
help-plan-nested-barriers = Lines that no grid crosses: rivers, railways, walls.
help-plan-nested-seconds = Stop searching after so many seconds.
help-plan-nested-seed = Same seed, same plan.
table-level = level
table-grids = grids
table-max-deviation = largest deviation
