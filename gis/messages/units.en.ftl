# Steps
units-step-reading = Reading the files
units-step-blocks = Cutting blocks out of the streets
units-step-splitting = Splitting units that are too big
units-step-checking = Checking the units

# Errors
units-no-streets = Neither streets nor a boundary were given. Give --streets, or --boundary for H3 cells.
units-no-blocks = The streets enclose no block. Check that they are the right file, or give --boundary.
units-no-parent = The boundary has no column “{ $column }”. Check --parent and --boundary.
units-not-a-coverage = The units overlap or leave gaps after cutting. This is a fault of the program; please report it with the input files.
units-option-negative = { $name } is { $value }; it must be above 0.
units-h3-resolution = There is no H3 resolution { $value }; it goes from 0 to 15.
units-too-many-cells = H3 resolution { $resolution } would give about { $cells } cells; the limit is { $limit }. Type --h3-resolution { $coarser } or a smaller boundary.
boundary-row-empty = { $count ->
    [one] 1 polygon of the boundary has
   *[other] { $count } polygons of the boundary have
 } no area of their own (row { $rows }): earlier rows cover them. Remove the copies.

# Findings
boundary-overlap = { $count } places where polygons of the boundary overlap ({ $area_m2 } m²) were given to the first of them.
boundary-seams = { $count } thin gaps between polygons of the boundary ({ $area_m2 } m²) were closed.
units-slivers-joined = { $count ->
    [one] 1 sliver was
   *[other] { $count } slivers were
 } joined to a neighbour.
units-slivers-alone = { $count ->
    [one] 1 sliver touches
   *[other] { $count } slivers touch
 } no neighbour.
units-split = Units over the limit were split: { $count } more units.
units-over-limit = { $count ->
    [one] 1 unit is
   *[other] { $count } units are
 } over the limit and cannot be cut further (one building or place holds too many people, or the pieces would be slivers), up to { $times } times: { $ids }.
units-no-people = No population is known: all units have 0 people. Give --population, or buildings with a column pop.
units-all-empty = The population given adds up to 0.
units-people-outside = { $people } people live outside the units and are not counted.
units-streets-elsewhere = No street lies in the boundary: each of its polygons is one unit. Check the coordinate systems of both.

# The command
units-built = { $units } units, { $people } people, { $area_km2 } km², in { $seconds } s: { $path }
