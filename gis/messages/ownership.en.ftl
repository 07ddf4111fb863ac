# Who answers, near the edge, and who is away.
choice-not-offered = Grid { $code } is not offered for this case: it is not the nearest other grid, or too far off. Move the pin if the place is wrong.
incident-changed = Somebody else has changed case { $id } meanwhile. Look at it again, then decide.
incident-closed = Case { $id } is closed; its place and owner stay as they were handled.
person-not-found = There is no person { $id } in this jurisdiction.
absence-twice = Person { $id } is away already at some time of this leave. End that leave first, or give other dates.
absence-not-found = There is no leave { $id } here that could be ended: it has ended, or belongs to another jurisdiction.
duty-twice = Somebody is on duty for grid { $grid } already at some time of this shift. End that shift first, or give other times.
duty-not-found = There is no shift { $id } here that could be ended: it has ended, or belongs to another jurisdiction.
substitute-is-absent = Nobody can stand in for themselves. Name somebody else, or leave the substitute empty.
