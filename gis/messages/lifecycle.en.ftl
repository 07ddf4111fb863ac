# The life of a case: what stands against a step.
step-unknown = “{ $action }” is not a step of a case. The case itself lists the steps that are possible (actions).
step-needs-reason = Say why: this step needs a reason.
step-needs-result = Say what was done: this step needs a result.
step-needs-photo = Cases of this category are handled with a photo. Add at least one.
step-needs-until = Say until when.
step-needs-satisfaction = Say how satisfied: satisfied, fair or dissatisfied.
step-needs-verdict = Say what the check found: yes or no.
step-needs-target = Say where the case goes.
step-needs-parts = Name the departments that assist.
step-needs-part = Several departments assist in this case, or none: name the one whose part is meant.
step-until-past = That moment has passed. Choose a later one.
step-role = Your role does not take this step. Somebody with another role must; an administrator can say who.
step-not-in-hand = This case is not in your hands, and your desk is not above whoever has it. Look who has it now.
step-by-handler = Whoever handled a case does not check it. Ask somebody else.
step-not-above = This is decided above whoever asked for it. Ask the level above, or the leader.
step-not-now = This step is not possible now: the case is { $stage ->
    [collected] not registered yet
    [registered] registered and waits to be sent out
    [dispatched] being handled
    [handled] handled and waits for its feedback
    [fed_back] fed back and waits for its check
    [closed] closed
   *[evaluated] closed and evaluated
 }. Read it again: somebody may have gone on with it.
step-parked = The case is parked. Resume it first.
step-not-parked = The case is not parked.
step-refuted = The check on site did not find what was reported. Reject it, or have it checked again.
step-parts-open = Departments that assist have not finished their parts. Wait for them, or send the case anew.
step-asked-already = Something has been asked for this case and is not decided yet.
step-asked-past = The moment that was asked for has passed meanwhile. Refuse it; it can be asked for anew with a later one.
step-nothing-asked = Nothing of this kind has been asked for this case.
step-at-top = The case is at the topmost level already.
step-main-open = This case was merged into another one that is still open. Judge it when that one is closed.
step-accepted = The case has been accepted already.
steps-too-many = These are more cases than can be changed at once. Choose at most { $most }.
steps-twice = A case is named twice.
target-unknown = The case cannot go there: { $id } is neither an organisation that this jurisdiction knows nor a person with a post in it.
target-twofold = Name one receiver: an organisation or a person; and each department that assists once.
target-lead-part = The organisation that leads cannot have a part beside. Take it out of those that assist, or let another one lead.
merge-itself = A case cannot be merged into itself.
merge-dismissed = The other case was itself rejected or merged. Choose the one that goes on.
merge-closed = The other case is closed already. Reopen it first if this is the same, or go on with this one by itself.
category-prefix = “{ $category }” is not a code of a category or the beginning of one.
