# Closure figures and rankings
closure-window = The window ends before it begins. Give a later end.
closure-groups = The cases do not belong to the { $groups } groups that were named. Give one group for each case, numbered from 0, or -1 for none.
ranking-counts = The counts can't be ranked. Give one row for each place and one column for each category, with no more cases gone well than there were.

closure-periods = These are more than { $most } periods. Choose longer periods or a shorter window.
closure-sheet = Closure figures
closure-sheet-about = How it is counted
closure-sum = Total
closure-code = Code
closure-by-category = Category
closure-by-subcategory = Subcategory
closure-by-level1 = Sub-district
closure-by-level2 = Community
closure-by-level3 = Basic grid
closure-by-organisation = Organisation
closure-by-department = Department
closure-by-person = Person
closure-by-source = Source
closure-by-day = Day
closure-by-week = Week from
closure-by-month = Month from
closure-none-grid = Outside all grids
closure-none-other = None
closure-source-patrol = Patrol
closure-source-public-report = Public report
closure-source-hotline-12345 = 12345 hotline
closure-source-hotline-110 = From 110
closure-source-department = Department
closure-source-sensor = Sensor
closure-found = Found
closure-due = Due
closure-closed = Closed
closure-on-time = Closed on time
closure-reopened = Reopened
closure-overdue = Open and overdue
closure-median-h = Median hours to close
closure-closure-rate = Closure rate
closure-closure-low = Closure rate, at least (95 %)
closure-closure-high = Closure rate, at most (95 %)
closure-closure-fair = Closure rate with everybody’s mix
closure-on-time-rate-rate = On-time rate
closure-on-time-rate-low = On-time rate, at least (95 %)
closure-on-time-rate-high = On-time rate, at most (95 %)
closure-on-time-rate-fair = On-time rate with everybody’s mix
closure-on-time-rate-rank = Rank
closure-on-time-rate-rank-low = Rank, at best
closure-on-time-rate-rank-high = Rank, at worst
closure-on-time-rate-apart = Against what is expected
closure-above = above
closure-below = below
closure-from-the-first = the first case
closure-until-now = now
closure-about-window = Window
closure-about-as-of = Known as of
closure-about-resting = Parked before their deadline, not due meanwhile
closure-about-undated = Found without a deadline, in no rate
closure-about-rejected = Rejected, not counted
closure-about-merged = Merged into others, not counted
closure-about-dismissed-late = Of the rejected and merged, after their deadline
closure-explained =
    Closure rate = closed / due. On-time rate = closed on time / due: an open overdue case counts against both.
    Due is a case whose deadline for the whole case lies in the window, whenever it was reported or closed.
    A deadline that was missed stays missed: parking, more time or reopening afterwards change nothing.
    Rejected and merged cases do not count; their number stands above.
    The rate with everybody’s mix is what a place would reach with the same categories as all together.
    Ranks between “at best” and “at worst” can’t be told apart with the cases that there are.
