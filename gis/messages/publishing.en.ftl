# Plans through time: publishing, what it moves, and what was in force when.
no-plan-then = No plan was in force at { $at }. Ask for a later moment; `GET /api/v1/plans` lists from when each plan is in force.
plan-former-changed = Another plan has come into force since plan { $expected }, which plan { $id } was to follow. Look at the preview again, then publish.
publish-not-now = A plan takes force at the moment of its publication, not at { $at }. Leave the moment out; only the first plan of a jurisdiction may take force in the past.
hand-over-not-found = There is no hand-over { $id }.
hand-over-not-theirs = Hand-over { $id } is neither from nor to person { $person }. Only these two can mark it as read.
