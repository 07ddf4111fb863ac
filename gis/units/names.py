"""Ids of units by place, so that a change in one block leaves the ids of the others alone."""

from __future__ import annotations

import numpy as np
import shapely

from gis.units.faces import Geometries

_ALPHABET = np.array(list("0123456789bcdefghjkmnpqrstuvwxyz"))
_BITS = 45  # nine letters: a cell of about 5 m by 5 m


def unit_ids(polygons: Geometries) -> list[str]:
    """The geohash (nine letters) of a point inside each polygon; a number is added to a second.

    Geohash: G. Niemeyer 2008, longitude and latitude bits in turn, base 32.
    """
    xy = shapely.get_coordinates(shapely.point_on_surface(polygons))
    lon = np.floor((xy[:, 0] + 180) / 360 * 2**23).astype(np.int64)
    lat = np.floor((xy[:, 1] + 90) / 180 * 2**22).astype(np.int64)
    code = np.zeros(len(xy), np.int64)
    for bit in range(_BITS):
        source, shift = (lon, 22 - bit // 2) if bit % 2 == 0 else (lat, 21 - bit // 2)
        code = code << 1 | (source >> shift & 1)
    letters = np.stack([_ALPHABET[code >> 5 * place & 31] for place in range(8, -1, -1)], axis=1)
    seen: dict[str, int] = {}
    ids = []
    for row in letters:
        name = "".join(row)
        seen[name] = seen.get(name, 0) + 1
        ids.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return ids
