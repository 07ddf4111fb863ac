# Organisations, people, posts, attachments, departures
organisation-not-found = There is no organisation { $id } in this jurisdiction.
organisation-code-taken = Code { $code } belongs to another organisation already. Codes are never used again: choose another one.
organisation-code-wrong = { $digits ->
    [0] “{ $code }” is no code of a department. Use letters, digits and hyphens, such as 410102-D01.
   *[other] “{ $code }” is no code of this kind of unit: it has { $digits } digits, beginning with the code of the unit above.
  }
organisation-parent-unknown = There is no unit { $code } in this jurisdiction to which { $of } could belong. Create that one first, or correct the code.
organisation-parent-wrong = { $code } belongs to { $parent } by its code, not to { $given }. Correct one of the two.
organisation-parent-fixed = { $code } belongs where its code says. Close it, and create a unit with a new code.
organisation-changed-then = The organisation changes at that time already. Choose another moment.
organisation-closed = { $code } is closed. Choose another organisation, or open this one again by a change.
organisation-into-itself = An organisation cannot be merged into itself. Choose another one.
organisation-not-empty = { $code } cannot be closed: { $children } organisations and { $people } people still belong to it, and { $plans } of its plans are in force. Move or close these first, or name the organisation that it is merged into.
person-changed-then = { $name } changes at that time already. Choose another moment.
person-has-left = { $name } has left by then. Choose somebody else, or take the departure back.
person-known = { $name } ({ $phone }) is recorded already. Give another number if this is somebody else.
staff-number-taken = Staff number { $number } belongs to { $name }. Correct it, or leave it empty.
staff-past = Changes count from now on: what was is not rewritten. Leave the moment empty for “now”, and tell the date in the reason.
change-nothing = This is what is recorded already. Change something, or leave the form.
change-coming = A change at { $at } is recorded already. Choose a later moment.
post-grid-unknown = There is no grid { $code } in the plan in force. Take the code from the plan.
post-role-unknown = A grid of this level has no post “{ $role }”. It has: { $known }.
post-seat-unknown = There is no seat { $seat }: this post has { $seats }.
post-full = All { $seats } seats of this post are taken in that time. Replace somebody, or choose other dates.
post-taken = { $name } holds this post from { $since } (until { $until }). Replace the holder, or choose other dates.
post-held-already = { $name } holds this post in grid { $grid } already in that time.
post-not-found = There is no post { $id } in the plan in force.
post-ended = Post { $id } has ended by then. Load the page again to see who holds it.
attachment-not-found = There is no attachment { $id } that lasts or is to come.
attachment-organisation-missing = The person belongs to no organisation. Name the one whose leader this is.
attachment-not-below = { $target } does not lie below { $code }. Leaders are attached to units below their own.
attachment-target-unknown = There is no unit or grid { $target }. Take the code from the tree or the plan.
attachment-taken = { $name } is in charge of { $target } in that time. Replace this person, or choose “contact” or “stationed”.
attachment-twice = The person is attached to { $target } already in that time.
leave-to-self = A successor must be somebody else.
leave-needs-keeper = The person looks after the fallback queue, which must never stand without somebody. Name a successor.
departure-not-found = There is no departure { $id }.
departure-undone = Departure { $id } has been called off or taken back before.
departure-failed = This departure could not be carried out; it is tried again every ten minutes. Ask whoever runs the system to look into the log.
hand-over-note-back = { $serial } went from { $before_person } ({ $before_place }) back to { $after_person } ({ $after_place }), because a hand-over was taken back.
hand-over-note-leave = { $serial } went from { $before_person } ({ $before_place }) to { $after_person } ({ $after_place }) when { $before_person } handed over.
# Import
staff-template-sheet-organisations = Organisations
staff-template-sheet-people = People
staff-template-sheet-posts = Posts
staff-template-sheet-attachments = Attachments
staff-template-sheet-help = How to fill in
staff-template-help =
    Fill in the sheets that you need; sheets and columns may be left out. Columns marked * are needed.
    Organisations: kind is city, district, sub_district, community or department. The code of a unit says where it belongs (4, 6, 9, 12 digits); a department names the code of the unit that has it.
    People: whoever has the same staff number, or the same name and telephone, is the same person. With a staff number, name and telephone may change.
    Posts: level 3 lead, adviser, assistant, participant; level 2 leader, secretary, director, officer; level 1 first_responsible. If somebody else holds the post, that person is replaced from now on.
    Attachments: kind is in_charge, contact or stationed; the unit is named by its code, a building in it by its name.
    Dates are written 2026-05-01 or 2026-05-01 08:00, in the office's time. Empty means: from now on, without end.
    What is recorded already stays as it is. The same file again changes nothing.
    For example, of posts: 410102004001001, lead, 1, Zhang San, 000-0000-0000; of attachments: Zhang San, in_charge, 410102004001001, Building 3.
staff-step-read = Reading the workbook
staff-step-check = Checking rows
staff-step-write = Recording changes
staff-refused = Nothing of { $file } was taken in: { $count } faults must be corrected first. The report names every sheet, row, column and remedy.
staff-changed-meanwhile = Nothing of { $file } was taken in: somebody changed the same posts or units meanwhile. Send it again.
staff-too-large = The file has more than { $limit } MB, far more than staff lists need. Remove pictures and other sheets.
staff-too-many-rows = Sheet “{ $sheet }” has { $count } rows; at most { $limit } at once. Split the file.
staff-no-sheet = { $file } has no sheet that can be taken in (found: { $found }). Name the sheets as in the template: { $known }.
staff-file-protected = { $file } is protected by a password. Remove the password (File, Info, Protect Workbook) and send it again.
staff-file-kind = { $file } is not an Excel workbook. Save it as .xlsx.
staff-column-missing = Sheet “{ $sheet }” has no column “{ $column }” (found: { $found }). Name the columns as in the template.
staff-template-written = { $out } is written. Fill it in, then type: wangge people import { $out } --jurisdiction CODE --dry-run
staff-import-done = { $dry_run ->
    [true] Would be recorded
   *[other] Recorded
  }: organisations { $organisations_added } new, { $organisations_changed } changed; people { $people_added } new, { $people_changed } changed; posts { $posts_begun } begun, { $posts_ended } ended; attachments { $attachments_begun } begun, { $attachments_ended } ended; { $cases } open cases handed over. { $already } rows were recorded already.
staff-import-missing = Not in the file, and left as they are: { $people } people, { $posts } posts, { $attachments } attachments. With --end-missing they end now.
staff-row-empty-cell = Sheet “{ $sheet }”: “{ $column }” is empty. Fill it in.
staff-row-kind-unknown = Sheet “{ $sheet }”: “{ $column }” is not known ({ $examples }). Use one of: { $known }.
staff-row-time-unreadable = Sheet “{ $sheet }”: “{ $column }” cannot be read as a time ({ $examples }). Write 2026-05-01 or 2026-05-01 08:00.
staff-row-time-reversed = Sheet “{ $sheet }”: “{ $column }” is not later than the beginning ({ $examples }). Swap or correct them.
staff-row-too-long = Sheet “{ $sheet }”: “{ $column }” is too long ({ $examples }). Shorten it.
staff-row-repeated = Sheet “{ $sheet }”: the row says the same as one above it ({ $examples }) and counts once.
staff-row-contradicts = Sheet “{ $sheet }”: the row contradicts one above it ({ $examples }). Correct or remove one of them.
staff-row-organisation-unknown = Sheet “{ $sheet }”: “{ $column }” names no organisation of this jurisdiction or of the file ({ $examples }). Use its code or full name, or add it to the sheet of organisations.
staff-row-organisation-wrong = Sheet “{ $sheet }”: “{ $column }”: { $examples }
staff-row-person-unknown = Sheet “{ $sheet }”: “{ $column }” names nobody of this jurisdiction or of the file ({ $examples }). Add the person to the sheet of people.
staff-row-person-ambiguous = Sheet “{ $sheet }”: “{ $column }” names several people ({ $examples }). Add the telephone or the staff number.
staff-row-person-left = Sheet “{ $sheet }”: “{ $column }” names somebody who has left ({ $examples }). Correct it, or take the departure back first.
staff-row-number-other = Sheet “{ $sheet }”: “{ $column }” belongs to somebody else ({ $examples }). Correct the staff number.
staff-row-grid-unknown = Sheet “{ $sheet }”: “{ $column }” is no grid of the plan in force ({ $examples }). Use the codes of 9, 12 or 15 digits of the plan.
staff-row-role-wrong = Sheet “{ $sheet }”: “{ $column }” is no post of a grid of that level ({ $examples }). Level 3: lead, adviser, assistant, participant; level 2: leader, secretary, director, officer; level 1: first_responsible.
staff-row-seat-wrong = Sheet “{ $sheet }”: “{ $column }” is no seat of this post ({ $examples }). Leave it empty for the next free one.
staff-row-full = Sheet “{ $sheet }”: all seats of the post are taken ({ $examples }). Name the seat of whoever is replaced, or end a post first.
staff-row-not-below = Sheet “{ $sheet }”: “{ $column }” does not lie below the leader's own unit ({ $examples }). Correct the code, or name whose leader it is.
staff-row-target-unknown = Sheet “{ $sheet }”: “{ $column }” is no unit or grid ({ $examples }). Use the code from the tree or the plan.
staff-row-taken = Sheet “{ $sheet }”: somebody else is there in that time ({ $examples }). Correct the dates, or end that first.
staff-row-from-now = Sheet “{ $sheet }”: the change counts from now on, not from the date given ({ $examples }): who answered before stays as it was.
staff-row-change-coming = Sheet “{ $sheet }”: a change is recorded for a time to come ({ $examples }). Call it off first.
staff-row-past-end = Sheet “{ $sheet }”: the end lies in the past ({ $examples }) though the post is held now; it ends now.
staff-row-namesake = Sheet “{ $sheet }”: somebody of the same name and organisation has another telephone ({ $examples }); recorded as a second person. Give the staff number to change the telephone of the first.
help-people = Organisations, people, posts and attachments by Excel.
help-people-template = Write an empty workbook of organisations, people, posts and attachments.
help-people-template-out = The file to write: .xlsx.
help-people-import = Take in a workbook of organisations, people, posts and attachments, whole or not at all.
help-people-import-more = What changed becomes a dated change; what is recorded already stays. The same file again changes nothing.
help-people-import-file = An Excel workbook; “wangge people template” writes an empty one.
help-people-import-jurisdiction = Code of the organisation whose tree the file is about, such as 410102.
help-people-import-dry-run = Check everything and say what would change, and write nothing.
help-people-import-end-missing = End posts and attachments that the sheets do not name, and let people leave who are not in the sheet of people.
help-people-import-json = Print JSON.
