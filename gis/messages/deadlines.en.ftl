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
