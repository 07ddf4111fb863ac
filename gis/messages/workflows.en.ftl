# Work that goes through the whole house.
plan-step-store-units = Storing units
plan-step-grids = Drawing grids
plan-step-store-grids = Storing grids
demo-step-write = Storing incidents
plan-step-check = Checking that grids cover without gap or overlap
plan-step-publish = Putting the plan in force
store-step-indexes = Building indexes
demo-step-map = Storing streets and buildings
demo-step-staff = Filling the posts
demo-step-analyze = Gathering statistics
demo-other-data = This database holds data that are not synthetic. The demo city is loaded into an empty database only: give another one with DATABASE_URL, or another data directory with WANGGE_DATA_DIR.
demo-kept = The demo city is already loaded and was kept. `wangge demo --reset` builds it anew.
demo-loaded = Demo city (synthetic): { $population } people, { $units } units, { $grids } basic grids (largest deviation { $deviation }), { $people } people on posts, { $incidents } incidents.
serve-open = Open { $url }
plan-posts-ended = { $count ->
    [one] One post ended because its grid is no more; { $moved } went over to the grids of the same codes. Fill it.
   *[other] { $count } posts ended because their grids are no more; { $moved } went over to the grids of the same codes. Fill them.
}
plan-departments-untied = { $count ->
    [one] One department is tied to no community any more, because its grid is gone; { $moved } ties went over to the grids of the same codes. Tie it anew.
   *[other] { $count } ties of departments ended because their communities are no more; { $moved } went over to the grids of the same codes. Tie them anew.
}
plan-units-overlap = { $count } units overlap their neighbours or do not meet them exactly ({ $units }). Cut them anew with `wangge units build`, which leaves no gap and no overlap.
units-differ = This jurisdiction has { $known } units in use that are not the same polygons as the { $given } given. Cut the plan from the units in use, or import into another jurisdiction.
adopt-codes-needed = The grids of { $file } need 15-digit codes that begin with { $code }, because a jurisdiction above a sub-district has several. Name each grid by its code in the column grid_id, or import one sub-district (9 digits) at a time.
adopt-code-invalid = “{ $code }” is not the code of a jurisdiction. Give 4 digits for a city, 6 for a district, 9 for a sub-district.
adopt-done = Plan { $plan } of { $name } is in force: { $units } units, { $grids } basic grids. See it with `wangge serve`.
