# The way from today's plan to a new one
change-summary = { $units } units with { $people } people ({ $share } % of all) change their grid, in { $steps } steps.
change-bounds = At least { $least } % of the load must change its grid in any plan as even as this one (proven). If units went only to grids that are their neighbours today, it would be { $chained } %; this plan moves { $moved } %.
change-moves-written = { $steps } steps written to { $file }. Carry them out in this order: after each of them every grid is connected. The largest deviation on the way is { $peak } %.
change-no-order = No order of moves was found in which every grid stays connected after each step: { $count } units wait for each other. Carry out the whole change at once, or ask for a plan nearer to today's (a larger --tolerance, or pins).
change-touches-fixed = { $count } units that are pinned or lie in locked grids would change their grid. Free them, or leave them where they are.
change-grid-in-pieces = { $count ->
    [one] 1 grid of today is
   *[other] { $count } grids of today are
 } not connected ({ $grids }). The new plan joins them up; moves that this needs are counted.
change-unit-without-grid = { $count ->
    [one] 1 unit has
   *[other] { $count } units have
 } no grid today and got one. They do not count as moved.
plan-moves-without-current = Moves lead from the grids of today. Give them with --current.
