# `wangge posts import`
help-posts-import = Take in a file of leave with substitutes and of duty rosters, whole or not at all.
help-posts-import-more = Rows that are recorded already stay as they are: the same file again changes nothing. Times are of the office's zone; a day without hours counts whole.
help-posts-import-file = Excel or CSV; “wangge posts template” writes an empty one.
help-posts-import-jurisdiction = Code of the organisation, such as 410102.
help-posts-import-dry-run = Check everything and say what would be recorded, but record nothing.
help-posts-import-json = As JSON.
help-posts-template = Write an empty Excel table of leave and duty to fill in.
help-posts-template-out = The file to write: .xlsx.
posts-template-written = Written to { $out }. Fill it in, then type: wangge posts import { $out } --jurisdiction CODE --dry-run
posts-template-sheet = Leave and duty
posts-template-help-sheet = How to fill it in
posts-template-help =
    kind: leave or duty. Empty: duty if there is a grid_code or a shift, else leave.
    person, phone: the name as it is recorded; the number only where two people have the same name.
    grid_code: of the grid that the person is on duty for, 9, 12 or 15 digits.
    substitute, substitute_phone: who stands in during leave; empty: the next level up answers.
    date and shift: a shift of one day: day (08:00-20:00), night (20:00-08:00 of the next day), all day, or hours such as 08:30-17:30.
    since and until: instead of date and shift, such as 2026-05-01 08:00. Days without hours count whole, the last one too. Leave without until lasts until it is ended.
    reason: why.
    Example: leave, 王芳, …, substitute 李强, since 2026-05-01, until 2026-05-03, 年休
    Example: duty, 李强, …, 410102004001001, date 2026-05-01, shift night
posts-step-write = Recording leave and duty
posts-refused = Nothing of { $file } was recorded: { $count } faults must be mended first. The report names row, column and remedy of each.
posts-too-large = The file is larger than { $limit } MB, far more than leave and duty take. Leave out pictures and other sheets, or cut it by month.
posts-too-many-rows = The file has { $count } rows; { $limit } are taken at a time. Cut it by month.
posts-import-done = { $dry_run ->
    [true] To be recorded: { $absences } leave, { $duties } shifts; { $already } rows are recorded already. Nothing was written.
   *[false] { $absences ->
    [0] { $duties ->
        [0] Nothing new: all { $already } rows are recorded already.
       *[other] Recorded: { $duties } shifts; { $already } rows were recorded already.
     }
   *[other] Recorded: { $absences } leave, { $duties } shifts; { $already } rows were recorded already.
 }
 }
posts-row-kind-unknown = { $column } is neither leave nor duty ({ $examples }). Type one of: { $known }.
posts-row-person-missing = { $column } is empty. Type the person's name.
posts-row-person-unknown = { $column } names nobody of this jurisdiction ({ $examples }). Write name and number as they are recorded, or record the person first.
posts-row-person-ambiguous = { $column } fits several people ({ $examples }). Add the telephone number in the column beside it.
posts-row-grid-missing = { $column } is empty. Type the code of the grid that the shift is for.
posts-row-grid-unknown = { $column } is no grid of this jurisdiction ({ $examples }). Type the code of 9, 12 or 15 digits as the plan has it.
posts-row-substitute-self = { $column } names the person who is away ({ $examples }). Name somebody else, or leave it empty.
posts-row-time-missing = { $column } is empty. Type when it begins and ends, or a day and a shift.
posts-row-time-unreadable = { $column } is no time that can be read ({ $examples }). Write 2026-05-01 08:00, or 2026-05-01 for a whole day.
posts-row-time-too-far = { $column } lies before 1900 or after 2200 ({ $examples }). Mend it; for leave that has no end yet, leave the end empty.
posts-row-time-reversed = { $column } is not after the beginning ({ $examples }). Exchange the two, or mend one.
posts-row-shift-unknown = { $column } is no shift ({ $examples }). Type one of: { $known }; or hours such as 08:30-17:30.
posts-row-shift-and-times = A shift ({ $examples }) is of one day: give the day without hours and no end, or leave { $column } empty.
posts-row-overlaps-row = { $column }: the time overlaps that of row { $examples } for the same person or grid. Mend or remove one of them.
posts-row-overlaps-stored = { $column }: at that time other leave of the person, or other duty for the grid, is recorded ({ $examples }). End that first, or give other times.
posts-row-repeated = The row stands in the file before; it counts once.
posts-row-ended = The row was recorded before and ended since; it stays ended. Record it with other times if it is to hold again.
