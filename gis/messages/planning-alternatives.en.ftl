# Plans to choose from
plan-alternatives-invalid = { $count } alternatives cannot be made. Ask for 1 to { $most }.
plan-alternatives-written = { $count } to choose from: plan 1 is { $file }, plan n is { $pattern }; * marks the best value of a column.
plan-alternatives-files = Table: { $table }. Chart: { $chart }.
plan-alternatives-fewer = { $wanted } plans were asked for, { $count } found: no others were found that differ noticeably and are not beaten by one of these.
plan-alternatives-stopped = Stopped early: { $wanted } plans were asked for, { $count } were complete.
plan-alternatives-beaten = Plan 1 is what was asked for, but another is as good in everything and better in something.
plan-lean-asked = as asked
plan-lean-balanced = more equal
plan-lean-staying = fewer moved
plan-lean-clear = clearer boundaries
plan-lean-compact = more compact
plan-lean-loose = less equal
plan-lean-free = free of today
plan-lean-other = another search

# The table, narrow enough for a terminal
table-choice-number = plan
table-choice-lean = leans
table-choice-max-deviation = deviation
table-choice-boundary-m = border km
table-choice-arterial-share = arterials
table-choice-compactness = compact
table-choice-moved-load-share = moved

# The chart
plan-chart-title = Which plan? Blue: best of its column. Dotted: the tolerance asked for. Grey: beyond it
plan-chart-max-deviation = largest deviation, %
plan-chart-boundary-m = boundary, km
plan-chart-arterial-share = on arterials, %
plan-chart-compactness = compactness
plan-chart-moved-load-share = load moved, %
plan-chart-less = ← less is better
plan-chart-more = more is better →
