# Calendars, the table of deadlines, clocks, and the worker.
calendar-week = A calendar needs office hours for seven days, and at least one of them open. Give seven lists of hours, Monday first.
calendar-hours = Office hours must lie within one day, each opening before its closing and each span before the next, with a break between them. Correct the hours.
calendar-zone = “{ $zone }” is no time zone. Use a name such as Asia/Shanghai.
calendar-too-far = No due date can be found before the year { $year }: the calendar has too little working time, or the date lies too far away. Check the office hours and the amount.
calendar-day = “{ $day }” is no date of the form 2026-10-01. Correct it.
calendar-missing = No calendar has been recorded for this jurisdiction, so nothing is due. Record office hours and holidays first.
calendar-changed = Somebody else has changed the calendar meanwhile. Load it again, then decide.
allowance-unit = “{ $unit }” is no unit of time. Use working_hours, working_days, calendar_hours or calendar_days.
allowance-amount = { $amount } cannot be used as an amount of time: give { $step ->
    [day] whole days
   *[quarter] hours in quarters
} above 0, at most { $most }.
deadline-twice = The table has a deadline for the same category, severity and stage in that time. Replace or end that one first.
deadline-not-found = There is no deadline { $id } here that could be ended: it has ended, or belongs to another jurisdiction.
deadlines-there = This jurisdiction has deadlines already. Change them one by one.
extension-not-later = An extension must move the due date, { $due }, to a later moment that is still to come. Choose a later one.
clock-none = This case has no deadline that runs, so there is nothing to extend.
clock-not-running = The clock of this case does not run: it is parked or closed. Load the case again.
clock-not-paused = The clock of this case is not paused. Load the case again.
clock-not-stopped = The clock of this case runs. Load the case again.
deadline-stage-unknown = “{ $stage }” is no stage that something can be due in. Use case, collected, registered, dispatched, handled or fed_back.
severity-unknown = { $severity } is no severity. Use 1 to 4, or leave it out for any.
soon-share = Due soon begins when a share of the time is left: give a number between 0 and 1, such as 0.25.
escalated-overdue = Overdue: given to the level above by itself.

help-worker = Tell of cases that are due soon or overdue, and do the jobs of the queue, until stopped.
help-worker-more = `wangge serve` runs one of these inside itself. Run more of them, here or on other machines with the same DATABASE_URL, or run `wangge serve --no-worker` and this beside it. Each thing is told of once, however many run; what one leaves behind by dying, another takes up.
help-serve-worker = Tell of what falls due and do the jobs inside this process, too. --no-worker leaves that to `wangge worker`.
worker-begins = The worker looks after what falls due. Stop it with Ctrl-C.
delay-whole = A delay has an amount and a unit. Give both, or neither for no escalation by itself.

# The table of deadlines as a file.
deadline-sheet = Deadlines
deadline-sheet-categories = Categories
deadline-sheet-help = How to fill in
deadline-help =
    One row for each deadline: for which cases, in which stage, how much time. Columns with * are needed.
    category: a code or a name from the sheet “Categories”; a top category holds for all below it; empty: any category.
    severity: 1 to 4, or minor, normal, serious, severe; empty: any. Of two rows that fit, the one for the category goes first, then the one for the severity.
    stage: case (the whole of it), collected, registered, dispatched, handled or fed_back.
    amount and unit: working_hours, working_days, calendar_hours or calendar_days; days are whole, hours in quarters.
    soon_share: due soon when so much of the time is left; 0.25 where nothing stands.
    A row takes the place of the one for the same category, severity and stage. Rows that the file does not name stay, unless you ask to end them. Clocks that run keep what they started with.
deadlines-refused = { $count ->
    [one] One row of { $file } cannot be used, so nothing was changed. It is listed with its reason: mend it and try again.
   *[other] { $count } rows of { $file } cannot be used, so nothing was changed. They are listed with their reasons: mend them and try again.
}
deadlines-too-many = The file has { $count } rows; a table of deadlines has at most { $limit }. Check that it is the right file.
row-deadline-stage = Column “{ $column }”: { $examples } is no stage. Use case, collected, registered, dispatched, handled or fed_back.
row-deadline-unit = Column “{ $column }”: { $examples } is no unit of time. Use working_hours, working_days, calendar_hours or calendar_days.
row-deadline-severity = Column “{ $column }”: { $examples } is no severity. Use 1 to 4, or leave it empty for any.
row-deadline-amount = Column “{ $column }”: { $examples } cannot be used as an amount of time. Give whole days or hours in quarters, above 0.
row-deadline-soon = Column “{ $column }”: { $examples } is no share. Give a number between 0 and 1, such as 0.25, or leave it empty.
row-deadline-twice = The file has two rows for the same category, severity and stage. Keep one of them.
row-deadline-coming = A row for the same category, severity and stage begins later. End that one in the table first.
row-category-ambiguous = Column “{ $column }”: several categories are called { $examples }. Use the code of the category.
deadlines-written = { $rows } rows are written to { $out }. Change them, then type: wangge deadlines import { $out } --jurisdiction CODE --dry-run
deadlines-template-written = { $out } is written. Fill it in, then type: wangge deadlines import { $out } --jurisdiction CODE --dry-run
deadlines-imported = Table of deadlines: { $added } new, { $replaced } changed, { $unchanged } as before, { $ended } ended.
deadlines-checked = Checked, nothing written: { $added } new, { $replaced } changed, { $unchanged } as before, { $missing } not in the file.
deadlines-missing = { $missing ->
    [one] One row that holds is not in the file and stays. To end it, add --end-missing.
   *[other] { $missing } rows that hold are not in the file and stay. To end them, add --end-missing.
}
help-deadlines = The table of deadlines as Excel or CSV.
help-deadlines-import = Take in a table of deadlines, whole or not at all.
help-deadlines-import-more = A row takes the place of the one for the same category, severity and stage; the same file again changes nothing. Running clocks keep what they started with.
help-deadlines-import-file = Excel or CSV; “wangge deadlines template” writes an empty one.
help-deadlines-import-jurisdiction = Code of the organisation whose table it is, such as 410102.
help-deadlines-import-reason = Why, for the history; the file's name if it is left out.
help-deadlines-import-dry-run = Check everything and say what would change, and write nothing.
help-deadlines-import-end-missing = End rows that the file does not name.
help-deadlines-import-json = Print JSON.
help-deadlines-export = Write the table that holds now, ready to be changed and imported.
help-deadlines-export-out = The file to write: .xlsx or .csv.
help-deadlines-export-jurisdiction = Code of the organisation whose table it is, such as 410102.
help-deadlines-template = Write an empty table to fill in.
help-deadlines-template-out = The file to write: .xlsx or .csv.
deadlines-file-too-large = The file is larger than { $limit } MB. A table of deadlines is much smaller: check that it is the right file.
