# Plans through time: publishing, what it moves, and what was in force when.
no-plan-then = No plan was in force at { $at }. Ask for a later moment; `GET /api/v1/plans` lists from when each plan is in force.
plan-former-changed = Another plan has come into force since plan { $expected }, which plan { $id } was to follow. Look at the preview again, then publish.
publish-not-now = A plan takes force at the moment of its publication, not at { $at }. Leave the moment out; only the first plan of a jurisdiction may take force in the past.
hand-over-not-found = There is no hand-over { $id }.
hand-over-not-theirs = Hand-over { $id } is neither from nor to person { $person }. Only these two can mark it as read.
hand-over-choice-ended = A dispatcher had chosen { $before_place }, which the new plan no longer has near the place.
hand-over-note = { $serial } went from { $before_person } ({ $before_place }) to { $after_person } ({ $after_place }) when plan { $plan } came into force.
publish-more = … and { $count } more; --json lists them all.
publish-tried = Plan { $id } would move { $incidents_moved } of { $open_incidents } open incidents and { $people_moved } people; { $grids_reshaped } grids would change their shape, { $grids_new } appear, { $grids_gone } go; { $posts_ended } posts would end. Nothing was changed: publish with `wangge plan publish { $id }`.
publish-done = Plan { $id } is in force: { $incidents_moved } of { $open_incidents } open incidents went over, with a note to both people; { $people_moved } people changed grid; { $grids_reshaped } grids changed their shape, { $grids_new } appeared, { $grids_gone } went; { $posts_ended } posts ended.
help-plan-publish = Put a stored draft in force, with all that moves; or tell what would.
help-plan-publish-more = Open incidents go to whoever owns their place under the new plan; closed ones stay. Exit code 0; 1 if the plan cannot be published (nothing is changed).
help-plan-publish-plan-id = The number of a stored draft.
help-plan-publish-dry-run = Tell what would move, and change nothing.
publish-busy = Reports or an import have been routed by the plan in force for more than { $seconds } seconds without a pause, so the plan was not published and nothing was changed. Publish again when the import has ended.
plan-without-grids = Plan { $id } has no grids yet. Draw some before it is published.
