"""What to take from an OpenStreetMap extract (data under the ODbL) for each part it may play."""

from __future__ import annotations

# Roads that bound a street block; service roads, footpaths and steps run inside one.
STREETS = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link",
    "secondary", "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential",
    "living_street", "pedestrian", "road", "busway",
)  # fmt: skip

# Theme -> (GDAL layer of the extract, SQL filter) pairs, read one after another.
OSM_THEMES: dict[str, tuple[tuple[str, str], ...]] = {
    "streets": (("lines", "highway IN ('" + "', '".join(STREETS) + "')"),),
    "buildings": (("multipolygons", "building IS NOT NULL"),),
    "barriers": (
        ("lines", "railway = 'rail' OR waterway IN ('river', 'canal')"),
        ("multipolygons", "\"natural\" = 'water'"),
    ),
}
