# Reports of incidents read from files.
row-category-unknown = { $count ->
    [one] One row has in “{ $column }” a category that does not exist ({ $examples }). Use the code or the name of a category.
   *[other] { $count } rows have in “{ $column }” a category that does not exist ({ $examples }). Use the code or the name of a category.
}
row-title-missing = { $count ->
    [one] One row has nothing in “{ $column }”. Say in a few words what was found.
   *[other] { $count } rows have nothing in “{ $column }”. Say in a few words what was found.
}
row-title-long = { $count ->
    [one] One row has more than { $limit } characters in “{ $column }”. Put the rest into the description.
   *[other] { $count } rows have more than { $limit } characters in “{ $column }”. Put the rest into the description.
}
row-place-missing = { $count ->
    [one] One row has no readable coordinates in “{ $column }”.
   *[other] { $count } rows have no readable coordinates in “{ $column }”.
}
row-severity-invalid = { $count ->
    [one] One row has in “{ $column }” a severity that is not 1, 2, 3 or 4.
   *[other] { $count } rows have in “{ $column }” a severity that is not 1, 2, 3 or 4.
}
row-source-unknown = { $count ->
    [one] One row has in “{ $column }” a source that we do not know ({ $examples }). Known are patrol, public_report, hotline_12345, hotline_110, department and sensor.
   *[other] { $count } rows have in “{ $column }” a source that we do not know ({ $examples }). Known are patrol, public_report, hotline_12345, hotline_110, department and sensor.
}
row-time-unreadable = { $count ->
    [one] One row has a time in “{ $column }” that cannot be read. Write it as 2026-11-21 08:30.
   *[other] { $count } rows have a time in “{ $column }” that cannot be read. Write it as 2026-11-21 08:30.
}
row-time-in-future = { $count ->
    [one] One row has a time in the future in “{ $column }”. Check the date and the time zone.
   *[other] { $count } rows have a time in the future in “{ $column }”. Check the dates and the time zone.
}
row-closed-before-reported = { $count ->
    [one] One row was closed before it was reported ({ $column }).
   *[other] { $count } rows were closed before they were reported ({ $column }).
}
row-due-before-reported = { $count ->
    [one] One row was due before it was reported ({ $column }).
   *[other] { $count } rows were due before they were reported ({ $column }).
}
row-due-without-rule = { $count ->
    [one] One open row brings a due date (“{ $column }”) that is not kept, because the table of deadlines has none for its kind. Add one there, and import it again.
   *[other] { $count } open rows bring a due date (“{ $column }”) that is not kept, because the table of deadlines has none for their kind. Add one there, and import them again.
}
row-reference-twice = { $count ->
    [one] One row repeats in “{ $column }” the reference of a row above it.
   *[other] { $count } rows repeat in “{ $column }” the reference of a row above them.
}
row-known-already = { $count ->
    [one] One row came in before under the same reference (“{ $column }”) and was left as it is.
   *[other] { $count } rows came in before under the same references (“{ $column }”) and were left as they are.
}
rows-outside-grids = { $count ->
    [one] One report lies outside all grids and goes to the fallback queue.
   *[other] { $count } reports lie outside all grids and go to the fallback queue.
}
place-likely-crs = { $outside } of { $looked } places lie outside the jurisdiction; { $count } of them lie inside if { $swapped ->
    [yes] the two axes are exchanged. Exchange the headings of the columns ({ $axes }).
   *[no] read as { $system } instead of { $declared }. If that is what they are, import the file with that coordinate system.
 }
import-refused = { $refused } of { $read } rows cannot be imported, so nothing was. The report lists them by row: mend them and import again, or choose to skip bad rows.
import-too-large = The file is larger than { $limit } MB, the limit of this server. Split it, or raise WANGGE_UPLOAD_LIMIT_MB.
import-interrupted = This import was stopped before its end. Nothing was imported. Start it again.
import-crs-missing = { $file } does not say which coordinate system its coordinates are in. Name one: EPSG:4326 for GPS, gcj02 for domestic web maps and phones, bd09 for Baidu.
import-step-read = Reading the file
import-step-check = Checking the rows
import-step-write = Writing
import-crs-doubted = Nothing was imported: { $outside } of { $looked } places lie outside the jurisdiction as { $declared }, and { $won } of them lie inside if { $swapped ->
    [yes] the two axes are exchanged. Exchange the headings of the columns ({ $axes }) and import again.
   *[no] read as { $system }. If that is what they are, import again with --crs { $system } (crs={ $system }).
 } If { $declared } is right, say so: --crs { $declared } --accept-crs (accept_crs=true).
import-repeated = Nothing was imported: { $by } imported the same content on { $at } (import { $id }, { $file }, { $rows ->
    [one] one row
   *[other] { $rows } rows
 }). If it is to be imported a second time, say so: --again (again=true).
import-running-already = { $by } has been importing the same content since { $at } (import { $id }, { $file }). Wait for its end.
rows-identical = { $count ->
    [one] One row without a reference number is the same in every cell as a row above it. If it is not meant twice, remove it.
   *[other] { $count } rows without reference numbers are the same in every cell as rows above them. If they are not meant twice, remove them.
 }
