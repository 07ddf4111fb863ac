# A draft's road to publishing: comparing, checking, reviewing, commenting, setting a time, going back.
compare-other-jurisdiction = Plans { $a } and { $b } belong to different jurisdictions. Compare two plans of one jurisdiction.

review-not-now = { $step ->
    [send] It cannot be sent for review
    [approve] It cannot be approved
    [return] It cannot be returned
    [withdraw] It cannot be withdrawn
   *[schedule] No time can be set for it
 }: plan { $id } is { $state ->
    [draft] a draft that is being drawn
    [discarded] a discarded draft
    [waiting] in review
    [approved] approved
    [published] in force
   *[superseded] a former plan
 } now. Load the page anew to see what was done meanwhile.
review-sent-again = Plan { $id } was changed and sent for review again by { $by } since you looked at it. Load the page anew, look at it as it is now, and then decide.
review-reason-missing = Say why the draft goes back, so that its planner knows what to change.
review-needs-planner = Your role does not take this step. Ask a planner of the jurisdiction.
review-needs-whole = A plan concerns the whole jurisdiction: somebody of the whole jurisdiction decides on it, not of a part of it. Ask the planners there.
review-own-draft = You sent this draft, made it or worked on it. Somebody else must approve it: another planner, or a leader.
draft-check-failed = { $count ->
    [one] One fault keeps
   *[other] { $count } faults keep
 } the draft from review. Look at the check, mend what it names, and send it again.
publish-needs-approval = Plan { $id } has not been approved as it is. Send it for review; once somebody else has approved it, it can be published.
plan-codes-reused = Plan { $id } uses codes that mean other grids in a plan that is or was in force ({ $codes }). Give these grids new codes: a code never comes to mean another grid.
schedule-past = That moment has passed. Choose one to come, or publish at once.
schedule-too-far = That is more than { $days } days away. Choose an earlier moment.
schedule-none = No time is set for plan { $id }.
schedule-failed = Something went wrong that the log of the server tells of. Publish by hand, and ask whoever runs the server.
roll-back-not-former = Plan { $id } is not the one before the plan in force; that is plan { $former }. Go back to that one, or make a draft of plan { $id } and send it for review.
comment-not-found = There is no comment { $id } on this draft.
comment-grid-unknown = The draft has no grid { $code }. Pin the comment to one that it has, or to a place.
comment-draft-closed = Plan { $id } is no draft any more: its comments are closed.

# What the check finds, and what to do about it.
check-units-unassigned = { $count ->
    [one] One unit is in no grid. Give it
   *[other] { $count } units are in no grid. Give each
 } to a grid.
check-grids-empty = { $count ->
    [one] One grid has
   *[other] { $count } grids have
 } no land ({ $grids }). Give it some, or delete it.
check-no-grids = The draft has no grids yet.
check-grids-in-pieces = { $count ->
    [one] One grid lies
   *[other] { $count } grids lie
 } in pieces that do not touch ({ $grids }). Repair it: what is cut off goes to a neighbour.
check-codes-elsewhere = { $count ->
    [one] One code does
   *[other] { $count } codes do
 } not begin with { $begins }, the code of the jurisdiction ({ $grids }). Give the grid a code of it.
check-codes-reused = { $count ->
    [one] One code means
   *[other] { $count } codes mean
 } another grid in a plan that is or was in force ({ $grids }). Make the grid anew: it gets a code that was never used.
check-names-missing = { $count ->
    [one] One grid has
   *[other] { $count } grids have
 } no name ({ $grids }). Name it.
check-names-twice = { $count ->
    [one] One grid shares
   *[other] { $count } grids share
 } a name with another of the same parent ({ $grids }). Rename one of them.
check-outside-tolerance = { $count ->
    [one] One grid is
   *[other] { $count } grids are
 } outside the tolerance of { $tolerance } %, the worst { $worst } % off ({ $grid }). Rebalance, or say why it stays so.
check-posts-unfilled = { $count ->
    [one] For one grid nobody
   *[other] For { $count } grids nobody
 } would answer once the plan is in force ({ $grids }). Fill the post then; until that, cases go to whoever is above.
check-posts-ending = { $count ->
    [one] One post would end
   *[other] { $count } posts would end
 } because its grid goes ({ $grids }).
check-comments-open = { $count ->
    [one] One comment is
   *[other] { $count } comments are
 } not resolved yet.

notice-plan-review-asked = Plan “{ $name }” waits for review{ $reason ->
    [none] {""}
   *[other] : { $reason }
 }
notice-plan-review-decided = Plan “{ $name }” was { $decision ->
    [approve] approved
   *[other] returned
 }{ $reason ->
    [none] {""}
   *[other] : { $reason }
 }
notice-plan-published = Plan “{ $name }” is in force{ $how ->
    [on_time] , published at the time that was set
    [rolled_back] : the former plan was published again
   *[other] {""}
 }
notice-plan-schedule-failed = Plan “{ $name }” was not published at the time that was set. { $fault }
