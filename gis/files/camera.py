"""What a camera wrote into a photo: where it stood, where it looked, and when (EXIF).

Phones write WGS 84. Some phones and programs in China write GCJ-02 without saying so, 300 to 700 m
off: the position is offered in both readings, and the sender, who knows the place, chooses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any

from gis.geometry import GCJ02, gcj02_to_wgs84

if TYPE_CHECKING:
    from PIL.Image import Image

GPS_IFD, EXIF_IFD = 0x8825, 0x8769
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 1, 2, 3, 4
TIME_UTC, DIRECTION_REF, DIRECTION, DATUM, DATE_UTC, ERROR_M = 7, 16, 17, 18, 29, 31
TAKEN, OFFSET = 0x9003, 0x9011
WGS84_NAME = "EPSG:4326"
SAME_M = 1.0  # readings closer than this are one
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The written position taken as of one system: where that is in WGS 84 degrees."""

    crs: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPlace:
    """Where a camera says that it stood. `readings`: the likelier system first; one where both
    agree. `direction_deg`: where it looked, clockwise from true north; `error_m`: its own doubt."""

    readings: tuple[Reading, ...]
    direction_deg: float | None
    error_m: float | None


def place_of_camera(image: Image) -> CameraPlace | None:
    """The position in a photo; None where there is none that makes sense."""
    gps = image.getexif().get_ifd(GPS_IFD)
    lat = _degrees(gps.get(LATITUDE), gps.get(LATITUDE_REF), "S", 85)
    lon = _degrees(gps.get(LONGITUDE), gps.get(LONGITUDE_REF), "W", 180)
    if lon is None or lat is None or (lon == 0 and lat == 0):  # zero stands for unknown
        return None
    direction = _number(gps.get(DIRECTION))
    if direction is None or not 0 <= direction <= 360 or _word(gps.get(DIRECTION_REF)) == "M":
        direction = None  # magnetic north is not true north
    error_m = _number(gps.get(ERROR_M))
    return CameraPlace(
        readings=_readings(lon, lat, _word(gps.get(DATUM))),
        direction_deg=direction,
        error_m=error_m if error_m is not None and error_m >= 0 else None,
    )


def camera_time(image: Image, zone: tzinfo) -> datetime | None:
    """When a photo was taken: by satellites, else by the camera's clock in its zone or `zone`."""
    exif = image.getexif()
    gps, own = exif.get_ifd(GPS_IFD), exif.get_ifd(EXIF_IFD)
    moment = _satellite_time(gps) or _clock_time(own, zone)
    if moment is None or not EARLIEST <= moment <= datetime.now(UTC) + timedelta(days=1):
        return None
    return moment


def _readings(lon: float, lat: float, datum: str) -> tuple[Reading, ...]:
    as_wgs84 = Reading(crs=WGS84_NAME, lon=lon, lat=lat)
    x, y = gcj02_to_wgs84([lon], [lat])
    as_gcj02 = Reading(crs=GCJ02, lon=float(x[0]), lat=float(y[0]))
    apart_m = 111_320 * math.hypot(
        (as_gcj02.lon - lon) * math.cos(math.radians(lat)), as_gcj02.lat - lat
    )
    if apart_m < SAME_M:
        return (as_wgs84,)
    if "GCJ" in datum or "02" in datum:
        return (as_gcj02, as_wgs84)
    return (as_wgs84, as_gcj02)


def _degrees(parts: Any, reference: Any, negative: str, most: float) -> float | None:
    if not isinstance(parts, tuple) or not 1 <= len(parts) <= 3:
        return None
    numbers = [_number(part) for part in parts]
    if any(number is None or number < 0 for number in numbers):
        return None
    whole = 0.0
    for place, number in enumerate(numbers):
        whole += (number or 0.0) / 60**place
    if whole > most:
        return None
    return -whole if _word(reference) == negative else whole


def _satellite_time(gps: Any) -> datetime | None:
    parts = gps.get(TIME_UTC)
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    numbers = [_number(part) for part in parts]
    if any(number is None for number in numbers):
        return None
    hour, minute, second = (float(number or 0) for number in numbers)
    try:
        day = datetime.strptime(_word(gps.get(DATE_UTC)), "%Y:%m:%d").replace(tzinfo=UTC)
        return day + timedelta(hours=hour, minutes=minute, seconds=int(second))
    except (ValueError, OverflowError):
        return None


def _clock_time(exif: Any, zone: tzinfo) -> datetime | None:
    try:
        clock = datetime.strptime(_word(exif.get(TAKEN)), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - zone follows
        offset = _word(exif.get(OFFSET))
        if offset:
            sign = -1 if offset.startswith("-") else 1
            hours, minutes = offset.lstrip("+-").split(":")
            zone = timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))
        return clock.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _number(given: Any) -> float | None:
    try:
        number = float(given)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _word(given: Any) -> str:
    if isinstance(given, bytes):
        given = given.decode("ascii", "ignore")
    return given.strip("\x00 ").upper() if isinstance(given, str) else ""
