# Who answers, near the edge, and who is away.
choice-not-offered = Grid { $code } is not offered for this case: it is not the nearest other grid, or too far off. Move the pin if the place is wrong.
incident-changed = Somebody else has changed case { $id } meanwhile. Look at it again, then decide.
incident-closed = Case { $id } is closed; its place and owner stay as they were handled.
person-not-found = There is no person { $id } in this jurisdiction.
absence-twice = { $name } is away already at some time of this leave. End that leave first, or give other dates.
absence-not-found = There is no leave { $id } here that could be ended: it has ended, or belongs to another jurisdiction.
duty-twice = Somebody is on duty for grid { $grid } already at some time of this shift. End that shift first, or give other times.
duty-not-found = There is no shift { $id } here that could be ended: it has ended, or belongs to another jurisdiction.
substitute-is-absent = Nobody can stand in for themselves. Name somebody else, or leave the substitute empty.
help-posts = Who is there to answer.
help-posts-vacant = List the posts that nobody fills, since when, and who answers meanwhile.
help-posts-vacant-jurisdiction = Code of the organisation, such as 410102.
help-posts-vacant-at = At this moment instead of now; the office's time zone.
help-posts-vacant-json = As JSON.
table-post = post
table-why = why
table-since = since
table-last-holder = last holder
table-answers = answers meanwhile
posts-vacant = vacant
posts-away = away
posts-nobody = nobody
posts-vacant-count = { $count ->
    [0] Every post is filled.
    [one] One post is not filled.
   *[other] { $count } posts are not filled.
 }
post-lead = grid lead
post-director = director
post-secretary = secretary
post-leader = leader
post-officer = police officer
post-first-responsible = first responsible
