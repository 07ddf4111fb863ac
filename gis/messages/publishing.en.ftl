# Plans through time: publishing, what it moves, and what was in force when.
no-plan-then = No plan was in force at { $at }. Ask for a later moment; `GET /api/v1/plans` lists from when each plan is in force.
