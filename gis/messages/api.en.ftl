# Answers of the HTTP interface.
status-400 = Bad request
status-404 = Not found
status-405 = Method not allowed
status-409 = Conflict
status-413 = Too large
status-422 = Input not usable
status-500 = Internal error
status-503 = Not available now

http-400 = The request could not be read.
http-404 = There is nothing at this address.
http-405 = This address does not take this method.
http-413 = The request is too large.
internal-error = Something went wrong on our side. Nothing was changed. Tell your administrator the request id.
database-unavailable = The database does not answer. Nothing was changed. Try again in a moment; if it lasts, run `wangge db status`.
front-end-missing = The web pages have not been built. Run `make setup`.
request-invalid = { $count ->
    [one] One field of the request is not right.
   *[other] { $count } fields of the request are not right.
}
field-missing = This field is required.
field-string-too-short = Must have at least { $min_length } characters.
field-string-too-long = Must have at most { $max_length } characters.
field-string-pattern-mismatch = Has not the right form.
field-greater-than-equal = Must be at least { $ge }.
field-less-than-equal = Must be at most { $le }.
field-int-parsing = Must be a whole number.
field-float-parsing = Must be a number.
field-literal-error = Must be one of { $expected }.
field-timezone-aware = Must say its time zone, for example 2026-11-21T08:00:00+08:00.
field-datetime-from-date-parsing = Must be a date and time such as 2026-11-21T08:00:00+08:00.
field-wrong = Has not the right form. The description at /api/docs says what it takes.
field-string-type = Must be text.
field-string-unicode = Must be readable text.
field-model-attributes-type = The body must be a JSON object.
field-float-type = Must be a number.
field-int-type = Must be a whole number.
field-datetime-parsing = Must be a date and time such as 2026-11-21T08:00:00+08:00.
field-bool-parsing = Must be true or false.
field-int-parsing-size = This number is too large.
field-json-invalid = The body is not valid JSON.
cursor-invalid = This page marker is not one of ours. Start again from the first page.
words-not-counted = Counts and maps cannot be narrowed by a word. Leave `q` out, or ask the list of incidents.
bbox-invalid = “{ $given }” is not an extent. Give west,south,east,north in degrees, for example 113.5,34.7,113.7,34.8.
plan-not-found = There is no plan { $id }.
grid-not-found = There is no grid { $id }.
incident-not-found = There is no incident { $id }.
import-not-found = There is no import { $id }.
jurisdiction-not-found = There is no jurisdiction { $id }.
no-published-plan = No plan is in force here. Publish a plan first, or load the demo city with `wangge demo`.
category-unknown = There is no category “{ $category }”. The codes are listed under /api/v1/categories.
reported-in-future = The report's time, { $at }, lies in the future. Check the clock and the time zone.
coordinates-invalid = Longitude { $lon }, latitude { $lat } is no place on Earth. Check the order: longitude comes first.
plan-not-draft = Plan { $id } is { $status } and cannot be published.
plan-coverage-broken = The plan cannot be published: its grids do not cover the jurisdiction exactly. { $details }
incident-conflict = Somebody else registered the same report at the same moment. Send it again: it will answer with the first one.
