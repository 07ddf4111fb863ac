# Steps
plan-step-read = Reading units
plan-step-graph = Finding neighbours
plan-step-improve = Improving grids
plan-step-renew = Renewing neighbourhoods of grids

# Answers of the commands
plan-done = { $grids } grids of { $units } units written to { $file }. Largest deviation { $max } % (allowed { $tolerance } %), mean { $mean } %; { $boundary_km } km of boundary between grids; grids not connected: { $broken }.
plan-nested-done = { $units } units divided into { $communities } communities and { $grids } basic grids, written to { $file }. Largest deviation of a basic grid from the mean of its area { $max } % (allowed { $tolerance } %); { $boundary_km } km of boundary between basic grids.
plan-nested-counts = { $areas } areas cannot have { $communities } communities and { $grids } basic grids out of { $units } units. Each area needs at least one community, and each community a basic grid, and each basic grid a unit. Change --communities or --grids.
plan-level-2 = 2 community
plan-level-3 = 3 basic grid
plan-scored = { $grids } grids: largest deviation { $max } %, mean { $mean } %; not connected: { $broken }; { $boundary_km } km of boundary between grids; mean compactness { $compactness }.
plan-arterial-share = { $share } % of the boundary between grids runs on arterials.
plan-groups-cut = Groups cut by grids: { $count } { $groups }
plan-compared = { $units } units with { $pop } people ({ $share } % of all) move; { $new } grids are new, { $dissolved } dissolved.
plan-polygons-written = { $grids } grids written to { $file }: no gap, no overlap.
plan-no-coverage = The grids' polygons have { $count } faults (gaps, overlaps or pieces), so nothing was written. Mend the units: wangge units build makes a valid coverage.

# What was asked
plan-grids-invalid = { $grids } grids cannot be made. Ask for 1 or more.
plan-tolerance-invalid = A tolerance of { $tolerance } makes no sense. Give a share above 0 and up to 1, such as 0.05 for 5 %.
plan-effort-invalid = An effort of { $effort } makes no sense. 1 is usual, 10 searches ten times as long; at most 1000.
plan-keep-invalid = { $keep } is no weight for keeping people in their grid. 0 is free, 1 is firm.
plan-seconds-invalid = { $seconds } seconds is no time to search. Give more than 0.
plan-simplify-invalid = Boundaries cannot be simplified by { $simplify } metres. Give 0 or more.
plan-more-grids-than-units = { $grids } grids cannot be made of { $units } units: each needs at least one. Ask for fewer, or split the units by buildings.
plan-more-grids-than-groups = { $grids } grids cannot be made: with units kept together or pinned, only { $groups } pieces are left. Ask for fewer grids or smaller groups.
plan-more-parents-than-grids = { $grids } grids cannot be shared among { $parents } parent areas: each needs at least one. Ask for at least { $parents }.
plan-more-pins-than-grids = Units are pinned to { $pins } different grids, more than the { $grids } grids asked for leave room for. Ask for more grids or pin fewer.
plan-pins-apart = The units pinned to grid { $grid } cannot be connected: other pinned grids lie between them. Free some pins.
plan-pins-conflict = Units that stay together are pinned to two grids, { $one } and { $other }. Decide for one.
plan-pin-crosses-parents = Units pinned to grid { $grid } lie in different parent areas, which no grid may cross. Correct the pins or the parents.
plan-parent-missing = { $count } units have no parent area, the first is { $unit }. Give each unit one.
plan-area-without-counts = Nothing says how many grids area { $area } shall have. Give its numbers of level-2 and level-3 grids.
plan-area-counts-invalid = The numbers of grids of area { $area } do not fit: at least 1 of level 2, and at least as many of level 3.

# Units
plan-no-units = There are no units to make grids of.
plan-unit-geometry = { $count } units are no polygons (the first is number { $row }). Give each unit a polygon.
plan-unit-id-missing = { $count } units have no id (the first is number { $row }). Give each unit a unit_id.
plan-unit-id-duplicate = { $count } unit ids occur more than once, such as { $unit }. Each must occur once.
plan-column-length = The column { $column } has not one value per unit.
plan-graph-size = The graph has { $nodes } nodes for { $units } units. Give it one node per unit, in the same order.
plan-value-invalid = { $count } units have a { $column } that is below zero or no number; the first is { $unit } ({ $value }). Correct them.
plan-pop-missing = The units have no column pop; people are counted as 0.
plan-unit-unknown = { $file } names { $count } units that the units file does not have, such as { $unit }. Use the same units for both.
plan-unit-unassigned = { $file } gives { $count } units no grid, such as { $unit }. A plan names every unit.
plan-streets-without-class = The streets have neither a column highway nor a column class. Give one, so that arterials are known.

# Balance
balance-syntax = “{ $expression }” is not understood. Write pop, area, a column's name, or a weighted sum such as load=0.6*pop+0.4*area.
balance-weight = In “{ $expression }” the weight of { $column } is not above zero. Weights are positive.
balance-column-unknown = There is no column { $column } to balance. There are: { $known }.
balance-total-zero = The column { $column } adds up to zero, so there is nothing to share out. Balance by another, for instance --balance area.

# Why something does not hold
plan-stopped-early = The search was ended after { $seconds } seconds, before it was done; the plan may be worse than it could be.
plan-island-joined = { $count ->
    [one] 1 piece of land touches
   *[other] { $count } pieces of land touch
 } no other and { $count ->
    [one] is
   *[other] are
 } too small for a grid of { $count ->
    [one] its
   *[other] their
 } own: joined to the nearest unit across a gap of up to { $widest_m } m ({ $units }). Check whether the units leave gaps.
plan-group-apart = { $count } pieces of groups do not touch the rest of their group; each piece is kept whole, the group may be split. Check the groups.
plan-area-uneven = { $area } has the load of { $wanted } basic grids of the whole and is given { $given }: its grids are { $off } % off the mean of the whole, and fair among themselves.

# Codes
grid-code-invalid = “{ $code }” is no code of a sub-district (9 digits) or community (12 digits).
grid-code-duplicate = Two grids have the code { $code }. Each grid needs its own.
grid-codes-used-up = { $parent } has no code left for its { $count } grids: at most { $most } can be numbered, retired ones included. Divide it into more communities.

# Coverage
coverage-code-duplicate = Level { $level }: { $count } codes are used twice ({ $grids }).
coverage-empty = Level { $level }: { $count } grids have no polygon ({ $grids }).
coverage-invalid = Level { $level }: { $count } polygons are invalid ({ $grids }).
coverage-in-pieces = Level { $level }: { $count } grids are in several pieces ({ $grids }).
coverage-in-pieces-known = Level { $level }: { $count } grids are in several pieces because of islands ({ $grids }).
coverage-overlap = Level { $level }: { $count } grids overlap, in all { $area_m2 } m² ({ $grids }).
coverage-edges = Level { $level }: edges of { $count } grids do not match those of their neighbours ({ $grids }).
coverage-gap = Level { $level }: between { $count } grids there are gaps, in all { $area_m2 } m² ({ $grids }).
coverage-hole = Level { $level }: { $count ->
    [one] 1 hole belongs
   *[other] { $count } holes belong
 } to no grid. If it is not water or another jurisdiction, add the missing units.
coverage-orphan = Level { $level }: { $count } grids have no parent of level { $parent_level } ({ $grids }).
coverage-childless = Level { $parent_level }: { $count } grids have no grids of level { $level } ({ $grids }).
coverage-not-sum = Level { $parent_level }: { $count } grids are not exactly the sum of their grids of level { $level } ({ $grids }).
plan-also-syntax = “{ $text }” is not a further criterion. Write a column or a mix, a colon and the tolerance: --also area:0.2
plan-limit-syntax = “{ $text }” is not a limit. Write a column, its least and its most, either of which may be left out: --limit households=300:500
plan-lock-unknown = { $grid } is to stay locked, but no unit belongs to it today. Give today's grids with --current, and their names with --lock.
plan-lock-crosses-parents = The locked grid { $grid } lies in several areas of --parent. Unlock it, or correct its area.
plan-pin-in-locked = Unit { $unit } is pinned and lies in a locked grid. Remove the pin or the lock.
plan-clarity-invalid = { $clarity } is no weight of streets. Give a number from 0 (only length counts) to 10.
plan-criterion = { $name }: { $least } to { $most } per grid, { $outside } outside what is wanted.
plan-seed-outside = { $count } seeds in { $file } lie in no unit (the first in row { $row }). Check the coordinate system (--crs) or remove them.
plan-seeds-in-one-unit = Unit { $unit } holds the seeds of two grids, { $one } and { $other } ({ $file }). Move one, or split the unit.
