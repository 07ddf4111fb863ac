# Work that goes through the whole house.
plan-step-store-units = Storing units
plan-step-grids = Drawing grids
plan-step-store-grids = Storing grids
demo-step-route = Finding owners of the incidents
demo-step-write = Storing incidents
demo-step-history = Storing their history
demo-other-data = This database holds data that are not synthetic. The demo city is loaded into an empty database only: give another one with DATABASE_URL, or another data directory with WANGGE_DATA_DIR.
demo-kept = The demo city is already loaded and was kept. `wangge demo --reset` builds it anew.
demo-loaded = Demo city (synthetic): { $population } people, { $units } units, { $grids } basic grids (largest deviation { $deviation }), { $people } people on posts, { $incidents } incidents.
serve-open = Open { $url }
