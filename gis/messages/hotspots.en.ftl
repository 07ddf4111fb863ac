# Errors of counting and testing
hotspot-cell-size = The cell size { $cell_m } m can't be used. Give a number greater than zero.
hotspot-band = A distance of { $band_m } m reaches no neighbour of a cell of { $cell_m } m. Give at least the cell size.
hotspot-lengths = { $lon } longitudes, { $lat } latitudes and { $weight } weights do not belong together. Give as many of each.
hotspot-weights = A weight is negative or not a number. Give counts of zero or more.
hotspot-area = The study area is empty. Give a polygon or bounds (west, south, east, north) with an extent.
hotspot-too-many-cells = The area would be cut into { $cells } cells; at most { $limit } are allowed. Choose larger cells or a smaller area.
hotspot-baseline = The baseline can't be used. Give { $cells } numbers, one for each cell, none negative and not all zero.
hotspot-cube = The counts can't be used. Give { $cells } rows, one for each cell, with a number of zero or more for each period.
trend-too-short = { $moments } periods are too few to see a trend. Give at least { $least }, or choose shorter periods.
trend-values = The values for a trend can't be used. Give rows of numbers, one for each period, without gaps.
scan-periods = A cluster can't be looked for over the last { $most } of { $periods } periods. Give at least 1, and at most half of all.
scan-incidents = An incident names a cell or period that does not exist. There are { $cells } cells and { $periods } periods, numbered from 0.
forecast-too-short = { $weeks } weeks are too few for a forecast. Give at least { $least }.
forecast-values = The figures for a forecast do not belong together. Give one row of counts per series, one group per series, and season and regressors for every past and coming week.
hotspot-asset-unknown = Folium wants “{ $name }”, which is not among the local files. Add it to web/folium-assets.json and run “make setup”.
hotspot-asset-outside = The page would load { $url } from outside. Serve the file locally and name it in web/folium-assets.json.
hotspot-assets-missing = The list of local map files { $path } is missing or damaged. Run “make setup” to build it.
hotspot-style-unknown = There is no heatmap style “{ $style }”. Use heat, hexagon, grid or cluster.

# The page
heatmap-title = Where incidents concentrate
heatmap-title-category = Where they concentrate: { $category }
heatmap-window = { $since } to { $until }
heatmap-total-unit = { $count ->
    [one] incident
   *[other] incidents
}
heatmap-outside = { $count ->
    [one] 1 more lies outside the map
   *[other] { $number } more lie outside the map
}
heatmap-synthetic = Synthetic demo data
heatmap-ramp = Density of incidents
heatmap-fewer = fewer
heatmap-more = more
heatmap-classes = Incidents per cell of { $cell_m } m
heatmap-h3 = Incidents per H3 cell (resolution { $resolution }, about { $cell_m } m across)
h3-cell-invalid = “{ $given }” is no H3 cell. Give the 15 characters of one, such as 8a31a5b2cc87fff.
heatmap-cell = Incidents
heatmap-tally = By category
heatmap-places = { $count ->
    [0] No hotspots
    [one] 1 hotspot
   *[other] { $count } hotspots
}
heatmap-place = { $count ->
    [one] 1 incident
   *[other] { $number } incidents
}, { $ratio } × the expected { $expected }
heatmap-place-tooltip = Hotspot { $rank }
    { $number } incidents; { $expected } expected: { $ratio } times as many.
    More than chance explains (z = { $z }).
heatmap-note-even = Expected: if incidents were spread evenly over the area. Shown is only what is more than chance.
heatmap-note-population = Expected: what the number of residents explains. Shown is only what is more than chance.
heatmap-note-history = Expected: what the same places saw at other times. Shown is only what is more than chance.
heatmap-note-none = No place has more incidents than chance explains.
heatmap-note-more = The { $shown } strongest are listed.
heatmap-empty = No incidents in this period
heatmap-empty-hint = Choose a longer period or another category.
heatmap-zoom-in = Zoom in
heatmap-zoom-out = Zoom out
heatmap-grids = Incidents per grid
heatmap-rate-population = Incidents per 1,000 people
heatmap-rate-households = Incidents per 100 households
heatmap-rate-area = Incidents per km²
heatmap-blank-population = Without colour: fewer than 50 people live there
heatmap-blank-households = Without colour: fewer than 20 households there
heatmap-blank-area = Without colour: nothing there
heatmap-whole = Whole window
heatmap-cases = Click for the cases
heatmap-play = Play
heatmap-pause = Pause
heatmap-time = Period
heatmap-week = Week from { $day }
answers-busy = Many evaluations are being made at this moment. Ask again in { $seconds } seconds, or for fewer windows at once.
