# Signing in, accounts, and who may do what.
status-401 = Not signed in
status-403 = Not allowed
status-429 = Too many requests
sign-in-needed = You are not signed in. Sign in, or send a valid token.
role-not-allowed = Your account may not do this: it takes one of the roles { $roles }. Your administrator can grant it.
csrf-missing = The page that sent this is out of date. Load it again, and repeat what you did.
password-must-change = Choose a password of your own first: the first one was only for signing in once.
role-planner = planner
role-dispatcher = dispatcher
role-leader = leader
role-grid-worker = grid worker
role-department = department
role-administrator = administrator
