# What no plan can reach, and why. { $bound } is a deviation in %: no plan's largest is below it.
plan-limit-none = No lower bound on the deviation is known.
plan-limit-unit = { $pieces ->
    [one] 1 unit alone is
   *[other] { $pieces } units alone are
 } more than a grid should hold, the largest { $times } times as much: { $units }. No plan can come below a deviation of { $bound } %. Split by buildings, or ask for fewer grids.
plan-limit-group = { $pieces ->
    [one] 1 group kept together is
   *[other] { $pieces } groups kept together are
 } more than a grid should hold, the largest { $times } times as much (units { $units }). No plan can come below a deviation of { $bound } %. Make the groups smaller, or ask for fewer grids.
plan-limit-heavy = The { $number } heaviest units share { $grids } grids, so that { $together } of them lie in one: no plan can come below a deviation of { $bound } % ({ $units }). Split them by buildings, or change the number of grids.
plan-limit-rest = The heaviest units ({ $units }) leave the other grids { $share } % of what each should hold: no plan can come below a deviation of { $bound } %. Split them by buildings, or ask for fewer grids.
plan-limit-total = All units together give each grid { $share } % of what it should hold: no plan can come below a deviation of { $bound } %. Change the target or the number of grids.
plan-limit-whole = Loads are whole multiples of { $step }, and the mean of a grid is none: no plan can come below a deviation of { $bound } %. Raise the tolerance to that, or change the number of grids.
plan-limit-land = Land that touches no other is no whole number of grids: that of { $units } has the load of { $wanted }. No plan can come below a deviation of { $bound } %. Change the number of grids, raise the tolerance, or join the land.
plan-limit-parent = Grids do not cross their parent areas, whose loads are no whole number of grids: the area of { $units } has the load of { $wanted }. No plan can come below a deviation of { $bound } %. Change the number of grids or the parents, or raise the tolerance.
plan-limit-lands = { $lands } pieces of land or parent areas cannot share { $grids } grids: each needs one of its own, as that of { $units }. Ask for more grids, or join the land.
plan-limit-between = A unit with { $share } % of a grid's load has only neighbours too heavy to share a grid with it: { $units }. No plan can come below a deviation of { $bound } %. Split the neighbours by buildings, or raise the tolerance.
plan-limit-behind = The land that hangs on unit { $units } alone is no whole number of grids: no plan can come below a deviation of { $bound } %. Split this unit by buildings, add a neighbourhood across the barrier, or raise the tolerance.
plan-limit-minimum = The least that all grids must hold adds up to { $sum }, but there are { $total } in all. Lower the minimum, or ask for fewer grids.
plan-limit-maximum = The most that all grids may hold adds up to { $sum }, but there are { $total } in all. Raise the maximum, or ask for more grids.
plan-limit-unit-maximum = Units alone hold more than a grid may at the most ({ $sum }): { $units }. Split by buildings, or raise the maximum.

plan-step-polish = Polishing neighbourhoods exactly
