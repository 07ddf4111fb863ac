# Reports of incidents read from files.
row-category-unknown = { $count ->
    [one] One row has a category that does not exist ({ $examples }). Use the code or the name of a category.
   *[other] { $count } rows have a category that does not exist ({ $examples }). Use the code or the name of a category.
}
row-title-missing = { $count ->
    [one] One row has no title. Say in a few words what was found.
   *[other] { $count } rows have no title. Say in a few words what was found.
}
row-title-long = { $count ->
    [one] One row has a title of more than { $limit } characters. Put the rest into the description.
   *[other] { $count } rows have a title of more than { $limit } characters. Put the rest into the description.
}
row-place-missing = { $count ->
    [one] One row has no readable coordinates.
   *[other] { $count } rows have no readable coordinates.
}
row-severity-invalid = { $count ->
    [one] One row has a severity that is not 1, 2, 3 or 4.
   *[other] { $count } rows have a severity that is not 1, 2, 3 or 4.
}
row-source-unknown = { $count ->
    [one] One row has a source that we do not know ({ $examples }). Known are patrol, public_report, hotline_12345, hotline_110, department and sensor.
   *[other] { $count } rows have a source that we do not know ({ $examples }). Known are patrol, public_report, hotline_12345, hotline_110, department and sensor.
}
row-time-unreadable = { $count ->
    [one] One row has a time in “{ $column }” that cannot be read. Write it as 2026-11-21 08:30.
   *[other] { $count } rows have a time in “{ $column }” that cannot be read. Write it as 2026-11-21 08:30.
}
row-time-in-future = { $count ->
    [one] One row has a time in the future. Check the date and the time zone.
   *[other] { $count } rows have a time in the future. Check the dates and the time zone.
}
row-closed-before-reported = { $count ->
    [one] One row was closed before it was reported.
   *[other] { $count } rows were closed before they were reported.
}
row-reference-twice = { $count ->
    [one] One row repeats the reference of a row above it.
   *[other] { $count } rows repeat the reference of a row above them.
}
row-known-already = { $count ->
    [one] One row came in before under the same reference and was left as it is.
   *[other] { $count } rows came in before under the same reference and were left as they are.
}
rows-outside-grids = { $count ->
    [one] One report lies outside all grids and goes to the fallback queue.
   *[other] { $count } reports lie outside all grids and go to the fallback queue.
}
place-likely-crs = { $count } reports lie outside the jurisdiction, but inside it if read as { $system }. If that is what they are, import the file again with that coordinate system.
import-empty = { $file } holds no report. Add rows below the header, one for each incident.
import-refused = { $refused } of { $read } rows cannot be imported, so nothing was. The report lists them by row: mend them and import again, or choose to skip bad rows.
import-too-large = The file is larger than { $limit } MB, the limit of this server. Split it, or raise WANGGE_UPLOAD_LIMIT_MB.
import-interrupted = The server stopped while this import was running. Nothing was imported. Start it again.
import-crs-missing = { $file } does not say which coordinate system its coordinates are in. Name one: EPSG:4326 for GPS, gcj02 for domestic web maps and phones, bd09 for Baidu.
import-step-read = Reading the file
import-step-check = Checking the rows
import-step-route = Finding owners
import-step-write = Writing
