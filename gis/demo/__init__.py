"""The demo city: synthetic, deterministic, labelled so. Each part is imported where it is used.

`city.build_city`, `organisations.organisations` and `name_grids`, `people.staff`,
`incidents.incidents`, `hotspots.planted_hotspots`.
"""
