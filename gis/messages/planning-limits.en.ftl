# What no plan can reach, and why. { $bound } is a deviation in %: no plan's largest is below it.
plan-of = { $criterion ->
    [main] {""}
   *[other] {"In "}{ $criterion }:{" "}
 }
plan-split = Split by buildings (wangge units build --buildings)
plan-limit-none = No lower bound on the deviation is known.
plan-limit-unit = { plan-of }{ $count ->
    [one] 1 unit alone is
   *[other] { $count } units alone are
 } more than a grid may hold, the largest { $times } times what a grid should: { $units }. No plan can come below a deviation of { $bound } %. { plan-split }, or ask for fewer grids.
plan-limit-group = { plan-of }{ $count ->
    [one] 1 group of units that stay together (or are pinned to one grid) is
   *[other] { $count } groups of units that stay together (or are pinned to one grid) are
 } more than a grid may hold, the largest { $times } times what a grid should (units { $units }). No plan can come below a deviation of { $bound } %. Make the groups smaller, or ask for fewer grids.
plan-limit-locked = { plan-of }{ $count ->
    [one] 1 locked grid is
   *[other] { $count } locked grids are
 } outside the tolerance as locked, the worst { $off } % off (units { $units }). No plan can come below a deviation of { $bound } %. Unlock the grids, or raise the tolerance.
plan-limit-beside-locked = { plan-of }The locked grids leave the other { $given } grids (with { $units }) the load of { $wanted }. No plan can come below a deviation of { $bound } %. Unlock grids, or change the number of grids.
plan-limit-pin-hemmed = { plan-of }{ $count ->
    [one] 1 grid is
   *[other] { $count } grids are
 } hemmed in: all land that the pinned or seeded units { $units } can reach without crossing other pins is at most { $share } % of a grid. No plan can come below a deviation of { $bound } %. Move the seeds further apart, or pin fewer units.
plan-limit-pin-alone = { plan-of }Every grid is pinned or seeded, and { $count ->
    [one] 1 of them
   *[other] { $count } of them
 } (units { $units }) must take land that no other can reach, at the worst { $share } % of a grid in all. No plan can come below a deviation of { $bound } %. Move the seeds, or ask for more grids than are pinned.
plan-limit-heavy = { plan-of }The { $number } heaviest units share { $grids } grids, so that { $together } of them lie in one: no plan can come below a deviation of { $bound } % ({ $units }). { plan-split }, or change the number of grids.
plan-limit-rest = { plan-of }The heaviest units ({ $units }) leave the other grids { $share } % of what each should hold: no plan can come below a deviation of { $bound } %. { plan-split }, or ask for fewer grids.
plan-limit-total = { plan-of }All units together give each grid { $share } % of what it should hold: no plan can come below a deviation of { $bound } %. Change the target or the number of grids.
plan-limit-whole = { plan-of }Loads are whole multiples of { $step }, and the mean of a grid is none: no plan can come below a deviation of { $bound } %. Raise the tolerance to that, or change the number of grids.
plan-limit-land = { plan-of }Land that touches no other is no whole number of grids: that of { $units } has the load of { $wanted }. No plan can come below a deviation of { $bound } %. Change the number of grids, raise the tolerance, or join the land.
plan-limit-parent = { plan-of }Grids do not cross their parent areas, whose loads are no whole number of grids: the area of { $units } has the load of { $wanted }. No plan can come below a deviation of { $bound } %. Change the number of grids or the parents, or raise the tolerance.
plan-limit-lands = { plan-of }{ $lands } pieces of land or parent areas cannot share { $grids } grids: each needs one of its own, as that of { $units }. Ask for more grids, or join the land.
plan-limit-between = { plan-of }{ $count ->
    [one] 1 unit is
   *[other] { $count } units are
 } too light for a grid and have only neighbours too heavy to share one with them; the worst holds { $share } % of a grid: { $units }. No plan can come below a deviation of { $bound } %. Split the neighbours by buildings (wangge units build --buildings), or raise the tolerance.
plan-limit-behind = { plan-of }The land that hangs on { $count ->
    [one] 1 unit or group
   *[other] { $count } units or groups
 } ({ $units }) is no whole number of grids, with or without it: no plan can come below a deviation of { $bound } %. Split there by buildings (wangge units build --buildings), add a neighbourhood across the barrier, or raise the tolerance.
plan-limit-minimum = { plan-of }The least that all grids must hold adds up to { $sum }, but there are { $total } in all. Lower the minimum, or ask for fewer grids.
plan-limit-maximum = { plan-of }The most that all grids may hold adds up to { $sum }, but there are { $total } in all. Raise the maximum, or ask for more grids.
plan-limit-unit-maximum = { plan-of }{ $count ->
    [one] 1 unit alone holds
   *[other] { $count } units alone hold
 } more than a grid may at the most ({ $most }): { $units }. { plan-split }, or raise the maximum.
plan-limit-group-maximum = { plan-of }{ $count ->
    [one] 1 group of units that stay together (or are pinned to one grid) holds
   *[other] { $count } groups of units that stay together (or are pinned to one grid) hold
 } more than a grid may at the most ({ $most }; units { $units }). Make the groups smaller, or raise the maximum.
plan-limit-locked-outside = { plan-of }{ $count ->
    [one] 1 locked grid has
   *[other] { $count } locked grids have
 } less than { $least } or more than { $most } (units { $units }). Unlock the grids, or widen the limits.
plan-limit-lands-outside = { plan-of }{ $grids } grids with { $least } to { $most } each cannot share the parent areas, pieces of land or what locked grids leave{ $units ->
    [none] {""}
   *[other] {" "}({ $units })
 }. Widen the limits, or change the number of grids.
plan-cut-off-joined = { $count ->
    [one] 1 piece of land is
   *[other] { $count } pieces of land are
 } cut off by barriers (or touch others in a corner only) and too small for { $count ->
    [one] a grid of its own: it was
   *[other] grids of their own: they were
 } joined to the nearest unit all the same ({ $units }). Ask for more grids, or leave a crossing in the barrier where people cross.

# Whether a plan can be within the tolerance, and why grids of this one are outside.
plan-outside-best = { $count ->
    [one] 1 grid is
   *[other] { $count } grids are
 } outside the tolerance of { $tolerance } %. That is the best there is: no plan's largest deviation is below { $least } % (proven), and this plan's is { $max } %.
plan-outside-proven = { $count ->
    [one] 1 grid is
   *[other] { $count } grids are
 } outside the tolerance of { $tolerance } %, and no plan has all grids within it: its largest deviation is at least { $least } % (proven). This plan has { $max } %.
plan-outside-open = { $count ->
    [one] 1 grid is
   *[other] { $count } grids are
 } outside the tolerance of { $tolerance } %, the worst { $max } % off. Nothing better was found; { $known ->
    [no] nothing proves that there is none
   *[yes] proven is only that no plan comes below { $least } %
 }. Search longer (--seconds, or --effort 5), try another --seed, raise the tolerance, or split large units by buildings (wangge units build --buildings).
plan-criterion-missed = { $count ->
    [one] 1 grid is
   *[other] { $count } grids are
 } outside what is wanted of { $name }: { $least } to { $most } found, { $least_wanted } to { $most_wanted ->
    [none] any number
   *[other] { $most_wanted }
 } wanted. { $reach ->
    [never] No plan can keep that.
   *[open] Search longer (--seconds, or --effort 5), widen it, or raise the tolerance of the main criterion.
 }
plan-alike = { $more ->
    [0] {""}
   *[other] {" "}({ $more } more for the same reason: { $others })
 }
plan-grid-locked = { plan-of }{ $grid } is { $deviation } % off: it is locked as it is.{ plan-alike } Unlock it.
plan-grid-unit-large = { plan-of }{ $grid } is { $deviation } % off: unit { $unit } alone holds { $share } % of a grid.{ plan-alike } { plan-split }.
plan-grid-group-large = { plan-of }{ $grid } is { $deviation } % off: what is kept together or pinned with unit { $unit } alone holds { $share } % of a grid.{ plan-alike } Make the group smaller.
plan-grid-pin-hemmed = { plan-of }{ $grid } is { $deviation } % off: other pinned or seeded units leave too little land within reach of { $unit }.{ plan-alike } Move the seeds further apart.
plan-grid-pin-alone = { plan-of }{ $grid } is { $deviation } % off: with { $unit } it must take land that no other pinned or seeded grid can reach.{ plan-alike } Move the seeds.
plan-grid-between = { plan-of }{ $grid } is { $deviation } % off: unit { $unit } is too light for a grid, and its neighbours are too heavy to share one with it.{ plan-alike } Split the neighbours by buildings.
plan-grid-behind = { plan-of }{ $grid } is { $deviation } % off: the land that hangs on unit { $unit } is no whole number of grids.{ plan-alike } Split that unit by buildings, or add a neighbourhood across the barrier.
plan-grid-parent-uneven = { plan-of }{ $grid } is { $deviation } % off: its parent { $region } has the load of { $wanted } grids and is divided into { $given }, so that these are { $forced } % off on average, however it is divided.{ plan-alike } Give the parent another number of grids, or change its borders.
plan-grid-land-uneven = { plan-of }{ $grid } is { $deviation } % off: its land (with unit { $region }) touches no other, has the load of { $wanted } grids and is divided into { $given }, so that these are { $forced } % off on average.{ plan-alike } Change the number of grids, or join the land.
plan-grid-beside-locked = { plan-of }{ $grid } is { $deviation } % off: locked grids leave its land the load of { $wanted } grids for { $given }, so that these are { $forced } % off on average.{ plan-alike } Unlock grids, or change the number of grids.
plan-grid-beside-large = { plan-of }{ $grid } is { $deviation } % off: units or groups larger than a grid, or locked grids, leave the others { $rest } % off on average, however they are divided.{ plan-alike } Split the large units by buildings.
plan-grid-no-plan = { plan-of }{ $grid } is { $deviation } % off: some grid of every plan is outside, at least { $bound } % off (proven).{ plan-alike } Raise the tolerance to that, or change the number of grids.
plan-grid-not-searched = { plan-of }{ $grid } is { $deviation } % off: nothing is known that keeps its { $units } units and those around from a better division; the largest holds { $share } % of a grid.{ plan-alike } Let wangge plan generate look for one, with --current to move few people.
plan-grid-stopped = { plan-of }{ $grid } is { $deviation } % off: the search was ended before it was done.{ plan-alike } Search longer.
plan-grid-coarse = { plan-of }{ $grid } is { $deviation } % off: it has only { $units ->
    [one] 1 unit
   *[other] { $units } units
 }, the largest ({ $unit }) with { $share } % of a grid, and no better division was found.{ plan-alike } { plan-split }, or raise the tolerance.
plan-grid-not-better = { plan-of }{ $grid } is { $deviation } % off: no better division of its { $units } units and those around was found; the largest holds { $share } % of a grid.{ plan-alike } Search longer (--seconds), try another --seed, or raise the tolerance.

plan-step-polish = Polishing neighbourhoods exactly
