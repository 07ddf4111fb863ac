# Bulletins of the week and the month
bulletin-not-found = There is no bulletin { $id }, or you may not see it. Open the list of bulletins for those that you may.
bulletin-not-over = The period from { $first } is not over yet. Ask for one that has ended.
bulletin-not-made = The first edition for the period from { $first } has not been made yet. Have it made without a reason.
bulletin-made-already = There is a bulletin for the period from { $first }. Say why it is to be made again.
bulletin-file-not-ready = The file is being made and will be there in a moment. If it does not come, look at the worker's log.
bulletin-no-area = There is no sub-district { $code } in this jurisdiction. Pick one of the list.
bulletin-of-area = You see one sub-district only: ask for its bulletin, { $code }.
bulletin-first-day = { $first } does not begin a week (a Monday) or a month (the first). Give the first day of the period.

bulletin-title-week = Weekly bulletin
bulletin-title-month = Monthly bulletin
bulletin-period = { $first } to { $last }
bulletin-edition = Edition { $edition }: { $reason }
bulletin-synthetic = Synthetic data: everything in this bulletin is invented.
bulletin-made = Made { $at }, as the cases stood then
bulletin-page = Page { $number }

bulletin-found = Reported
bulletin-due = Due
bulletin-closed = Closed
bulletin-on-time = Closed on time
bulletin-reopened = Reopened
bulletin-overdue = Overdue and open
bulletin-median = Median time
bulletin-closure-rate = Closure rate
bulletin-on-time-rate = On-time rate
bulletin-sum = Total
bulletin-category = Category
bulletin-place = Place
bulletin-department = Department
bulletin-rank = Rank
bulletin-fair = Comparable rate
bulletin-interval = May as well be
bulletin-days = { $days } days
bulletin-hours = { $hours } h
bulletin-none = none

bulletin-says-found = { $found ->
    [one] One case was reported
   *[other] { $found } cases were reported
 }, { $change ->
    [more] { $by } more than in the period before
    [fewer] { $by } fewer than in the period before
   *[same] as many as in the period before
 }.
bulletin-says-none = No case was reported.
bulletin-says-due = { $due } cases fell due; { $closed } of them are closed ({ $closure_rate }), { $on_time } on time ({ $on_time_rate }).
bulletin-says-nothing-due = No case fell due.
bulletin-says-overdue = { $overdue } cases are open beyond their deadline.
bulletin-says-none-overdue = No case is open beyond its deadline.
bulletin-says-rise = { $category } rose most, from { $before } to { $found }.
bulletin-says-hotspots = { $count ->
    [one] One place had
   *[other] { $count } places had
 } more cases than chance explains; the strongest is { $where }, { $times } times what was to be expected.
bulletin-says-no-hotspots = No place had more cases than chance explains.
bulletin-says-behind = Surely behind the others at the same mix of cases: { $names }.
bulletin-says-none-behind = None is surely behind the others: differences are within what so few cases can show.

bulletin-key-figures = Key figures
bulletin-by-category = By category
bulletin-by-place = By place, the best comparable on-time rate first
bulletin-by-department = By department
bulletin-trend = Reported and closed
bulletin-map = Places with more cases than chance explains
bulletin-hotspot = { $number }. { $where }: { $count } cases, { $expected } expected, { $times } times as many (p = { $p })
bulletin-how = How this is counted
bulletin-how-rates = Closure rate = closed / due, on-time rate = closed on time / due. A case is due in the period that holds its deadline, whenever it was closed: one that is open beyond it counts against both. Totals are sums of the cases; rates are never averaged.
bulletin-how-rank = The comparable rate is the one that a place would have with everybody's mix of categories; ranks are by it, and stand with those that they might as well have been, with a chance of 95 %.
bulletin-how-hotspots = Places are compared with their own past (Getis-Ord Gi*, false discovery rate 5 %).
bulletin-query = Each number leads to its cases.
bulletin-no-links = To have numbers lead to their cases, set WANGGE_PAGE_URL on the server.
bulletin-north = N
bulletin-scale = 1 : { $scale }
bulletin-sheet-category = By category
bulletin-sheet-place = By place
bulletin-sheet-department = By department
bulletin-sheet-trend = Trend
bulletin-sheet-hotspots = Hotspots
bulletin-lon = Longitude (WGS 84)
bulletin-lat = Latitude (WGS 84)
bulletin-radius = Radius in metres
bulletin-expected = Expected
bulletin-none-of-them = none of them
