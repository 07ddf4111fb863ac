# Rules, assets, the duty list, contacts of departments.
rules-changed = Somebody else has changed the rules meanwhile. Load them again, then decide.
rule-not-found = There is no rule { $id } here that could be ended or replaced: it has ended, or belongs to another jurisdiction.
rule-target-one = A rule gives to exactly one of: an organisation, a grid, a role. Name one of them and leave out the others.
rule-refine-grid = A rule that refines keeps the grid. Name an organisation or a role, or let the rule override.
rule-asset-or-kind = Name an asset by its code or a kind of assets, not both.
rule-within-alone = An asset or a kind of assets, and how many metres around it, go together. Give both or neither.
rule-street-whole = A street, its side and how many metres from it go together. Give all three or none.
asset-code-unknown = There is no asset with the code { $code } here. Record it first, or correct the code.
street-unknown = { $code } is no street here: its side can only be told of an asset that is a line. Import the road as a line, or name another.
organisation-unknown = Organisation { $id } does not belong to this jurisdiction. Choose one of its own, or a department of a level above.
asset-twice = An asset with the code { $code } is there already in that time. End that one first, or give another code.
asset-not-found = There is no asset { $id } here that could be ended: it has ended, or belongs to another jurisdiction.
geometry-invalid = This is no geometry that can be used. Send a GeoJSON point, line or polygon that is valid and lies in the world, with at most 100,000 points.
duty-item-twice = The duty list says so of category { $category } already in that time. End that entry first.
duty-item-not-found = There is no entry { $id } of the duty list here that could be ended: it has ended, or belongs to another jurisdiction.
contact-person-one = Name either a person who is known, or the name of a new one.
contact-twice = Somebody answers for organisation { $id } already at some time of this. End that first, or give other dates.
contact-not-found = There is no contact { $id } here that could be ended: it has ended, or belongs to another jurisdiction.

# What keeps a rule from working.
rule-grid-gone = The plan in force has no such grid: the rule is passed over. Replace it with the grid of today.
rule-no-contact = Nobody answers for the organisation: the grid's person does. Name a contact.
rule-asset-gone = No such asset is there: the rule is passed over. Record the asset, or replace the rule.
rule-street-gone = No such street is there: the rule is passed over. Record the street, or replace the rule.

# What became of a rule for one report.
verdict-won = It decides this case.
verdict-added = It adds to the owner.
verdict-not-yet = It does not hold yet at that moment.
verdict-ended = It no longer held at that moment.
verdict-other-category = It is for other categories.
verdict-other-severity = It is for other severities.
verdict-other-source = It is for reports from other sources.
verdict-other-grid = It is for other grids.
verdict-asset-unknown = What it asks for is not there at that moment: it is passed over.
verdict-other-place = The place is not near enough to what it asks for.
verdict-other-side = The place is on the other side of the street, on its line or beyond its end.
verdict-grid-unknown = The plan has no such grid: it is passed over.
verdict-no-grid = It asks for a role in the grid, and the place lies off all grids.
verdict-beaten = “{ $by }” comes first.
verdict-already = That organisation is in charge already.
verdict-own = It is on the list of the street or community itself.
duty-nobody = This category is on nobody's duty list here.
duty-not-street = This category is not on the street's duty list: what is off its list is not the street's.
department-no-contact = The department has no contact who is there: the grid's person answers. Name a contact.
role-vacant = Nobody holds the role that the rule asks for: whoever else is responsible answers.

# Faults in files.
row-code-missing = No code, or one of more than 60 characters. Give each asset its own code. Rows: { $count }.
row-code-twice = A row above has the same code. Give each asset its own code. Rows: { $count }.
row-name-missing = No name, or one of more than 200 characters. Rows: { $count }.
row-kind-unknown = The kind is unknown. Write park, bridge, building, road or other, or name one kind for all. Rows: { $count }.
row-reach-wrong = The reach is not between 0 and 500 metres. Rows: { $count }.
row-organisation-unknown = The organisation is not one of this jurisdiction, or several bear its name ({ $examples }). Write its code. Rows: { $count }.
row-category-missing = No category. Rows: { $count }.
row-document-missing = No document, or one of more than 500 characters. Say by which document the duty holds. Rows: { $count }.
row-duty-kind-unknown = The kind is neither 职责 (duty) nor 准入 (access). Rows: { $count }.
row-duty-twice = A row above says the same of this category and organisation. Rows: { $count }.

# The commands.
help-rules = Rules that override or refine the owner by place.
help-rules-list = Show the rules in their order.
help-rules-list-at = As they held at this moment; the office's time zone.
help-rules-try = Tell whose a report would be, which rule wins, and why each other one does not.
help-rules-try-lon = Longitude, or easting.
help-rules-try-lat = Latitude, or northing.
help-rules-try-crs = Coordinate system of the place: EPSG:4326, cgcs2000, gcj02, bd09 …
help-rules-try-category = Code of the category.
help-rules-try-severity = From 1 to 4; the category's own unless told.
help-rules-try-source = patrol, public_report, hotline_12345, hotline_110, department or sensor.
help-rules-try-at = At this moment instead of now; the office's time zone.
help-rules-import = Record the rules of a JSON file, in its order, behind those that are there: all or none.
help-rules-import-more = The file is a list of rules as POST /api/v1/rules takes them; an organisation may be named by its code (“organisation”) instead of its id.
help-rules-import-file = JSON file.
help-rules-import-dry-run = Check only.
help-rules-end = End a rule now.
help-rules-end-rule-id = Number of the rule, as listed.
help-rules-end-reason = Why.
help-assets = Named assets: parks, bridges, buildings, roads, and who is in charge of them.
help-assets-list = Show the assets.
help-assets-list-kind = Only park, bridge, building, road or other.
help-assets-import = Import assets from a geometry file: whole or not at all.
help-assets-import-more = Columns: code, name, kind, department (by code or name), name_en, reach_m; their Chinese names are understood. What stands under a code with other particulars ends now, and the file's follows it.
help-assets-import-file = Any geometry file: GeoPackage, Shapefile, GeoJSON, Parquet …
help-assets-import-kind = The kind of all of them, if the file has no column for it.
help-assets-import-layer = The layer of a file that holds several.
help-duty-list = The duty list: who handles which category.
help-duty-list-list = Show the duty list.
help-duty-list-import = Import a duty list from Excel or CSV: whole or not at all.
help-duty-list-import-more = Columns: category and department (by code or name), document, kind (职责 or 准入), contact and phone of the department; see “template”.
help-duty-list-import-file = Excel or CSV.
help-duty-list-template = Write a file to fill in, with every category.
help-duty-list-template-file = Where it goes: .xlsx or .csv.
help-jurisdiction = Code of the organisation, such as 410102.
help-since = From this moment on instead of now; the office's time zone.
help-skip-bad = Leave out rows that cannot be used instead of stopping.
help-dry-run = Check only, store nothing.
rules-ended = Rule { $id } has ended.
rules-imported = { $count ->
    [one] One rule was recorded.
   *[other] { $count } rules were recorded.
 }
rules-count = { $count ->
    [0] There are no rules.
    [one] One rule.
   *[other] { $count } rules.
 }
rows-imported = New: { $added }, changed: { $replaced }, as before: { $unchanged }.
rows-only-checked = Checked only. New: { $added }, changed: { $replaced }, as before: { $unchanged }.
rules-file-invalid = { $file } is not a list of rules in JSON: { $reason }
rules-file-rule = Rule { $number } of { $file } cannot be recorded: { $reason }
template-written = Written: { $file }. Fill it in, then: wangge duty-list import { $file }
try-owner = Grid: { $grid }. Answers: { $person }.
try-department = In charge: { $department }.
table-effect = effect
table-target = goes to
table-state = state
table-position = no.
table-kind = kind
table-verdict = verdict
table-category = category
table-organisation = in charge
table-document = document
effect-override = overrides
effect-refine = adds
state-current = holds
state-coming = to come
state-ended = ended
kind-rule = rule
kind-draft = draft
kind-asset = asset
kind-duty = duty
kind-access = access
kind-park = park
kind-bridge = bridge
kind-building = building
kind-road = road
kind-other = other
post-adviser = adviser
post-assistant = assistant
post-participant = participant
