"""A photo is what can be seen on it: everything else that a file brings is checked or left out."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import IFDRational

from gis.errors import InputError, TooLargeError
from gis.files.camera import EXIF_IFD, GPS_IFD
from gis.files.photos import LONGEST_EDGE, MOST_BYTES, PREVIEW_EDGE, check_photo
from gis.geometry import wgs84_to_gcj02

ZONE = ZoneInfo("Asia/Shanghai")


def drawn(width=400, height=300, mode="RGB", colour="green"):
    """A picture with a red corner at its upper left."""
    image = Image.new(mode, (width, height), colour)
    ImageDraw.Draw(image).rectangle((0, 0, width // 4, height // 4), fill="red")
    return image


def encoded(image, kind="JPEG", **how):
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def check(sent):
    return check_photo(io.BytesIO(sent), zone=ZONE)


def seen(checked):
    return Image.open(io.BytesIO(checked.picture)).convert("RGB")


def dms(degrees):
    minutes, seconds = divmod(abs(degrees) * 3600, 60)
    whole, minutes = divmod(minutes, 60)
    return tuple(IFDRational(round(part * 10_000), 10_000) for part in (whole, minutes, seconds))


def with_exif(lon=113.62, lat=34.76, orientation=1, gps=None, own=None, **how):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x013B] = "王某某 13800000000"
    written = {1: "N" if lat >= 0 else "S", 2: dms(lat), 3: "E" if lon >= 0 else "W", 4: dms(lon)}
    exif.get_ifd(GPS_IFD).update(written | (gps or {}))
    exif.get_ifd(EXIF_IFD).update(own or {})
    return encoded(drawn(**how), exif=exif, comment=b"<script>alert(1)</script>")


def is_red(pixel):
    return pixel[0] > 180 and pixel[1] < 90


def test_a_phones_place_direction_and_time_are_read_and_nothing_of_them_is_kept():
    sent = with_exif(
        gps={16: "T", 17: IFDRational(9050, 100), 31: IFDRational(8, 1)},
        own={0x9003: "2026:05:01 09:30:00", 0x9011: "+08:00"},
    )
    checked = check(sent)
    wgs84, gcj02 = checked.place.readings
    assert (wgs84.crs, gcj02.crs) == ("EPSG:4326", "gcj02")
    assert (wgs84.lon, wgs84.lat) == pytest.approx((113.62, 34.76), abs=1e-6)
    there = wgs84_to_gcj02([gcj02.lon], [gcj02.lat])
    assert (there[0][0], there[1][0]) == pytest.approx((113.62, 34.76), abs=1e-6)
    assert (checked.place.direction_deg, checked.place.error_m) == (90.5, 8)
    assert checked.taken_at == datetime(2026, 5, 1, 1, 30, tzinfo=UTC)
    for kept in (checked.picture, checked.preview):
        image = Image.open(io.BytesIO(kept))
        assert (image.format, dict(image.getexif()), image.info.get("icc_profile")) == (
            "JPEG", {}, None,
        )  # fmt: skip
        assert b"13800000000" not in kept and b"script" not in kept and b"Exif" not in kept


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_stands_upright(orientation):
    inverse = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    lying = drawn() if inverse is None else drawn().transpose(inverse)
    exif = Image.Exif()
    exif[0x0112] = orientation
    checked = check(encoded(lying, exif=exif))
    assert (checked.width, checked.height) == (400, 300)
    assert is_red(seen(checked).getpixel((20, 20)))
    assert not is_red(seen(checked).getpixel((380, 280)))


@pytest.mark.parametrize(
    ("sent", "colour"),
    [
        (encoded(drawn(mode="RGBA", colour=(0, 0, 0, 0)), "PNG"), (255, 255, 255)),
        (encoded(drawn(mode="LA", colour=(0, 0)).convert("LA"), "PNG"), (255, 255, 255)),
        (encoded(drawn().quantize(), "PNG"), (0, 128, 0)),
        (encoded(Image.new("I;16", (40, 30), 65535), "PNG"), (255, 255, 255)),
        (encoded(drawn().convert("CMYK")), (0, 128, 0)),
        (encoded(drawn(), "WEBP"), (0, 128, 0)),
        (encoded(drawn().convert("1"), "PNG"), None),
        (
            encoded(drawn(), "PNG", save_all=True, append_images=[drawn(colour="blue")] * 3),
            (0, 128, 0),
        ),
    ],
    ids=["alpha", "grey-alpha", "palette", "16-bit", "cmyk", "webp", "1-bit", "animated-png"],
)
def test_whatever_a_picture_is_made_of_becomes_plain_pixels_on_white(sent, colour):
    checked = check(sent)
    image = Image.open(io.BytesIO(checked.picture))
    assert (image.format, image.mode, getattr(image, "n_frames", 1)) == ("JPEG", "RGB", 1)
    if colour:
        assert image.getpixel((image.width - 3, image.height - 3)) == pytest.approx(colour, abs=8)


# A picture of 32 × 16 pixels by libheif, whose encoder is not installed here: drawn(32, 16).
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAXxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAA"
    "AAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoAABAAAAAAAAAEoAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABo"
    "dmMxAAAAAA5waXRtAAAAAAABAAAA/GlwcnAAAADcaXBjbwAAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEA"
    "GEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqrprm4CGgwIAAAAyAAAAD"
    "AIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAAChjbGFwAAAAIAAAAAEA"
    "AAAQAAAAAf///+AAAAAC////0AAAAAIAAAAQcGl4aQAAAAADCAgIAAAAGGlwbWEAAAAAAAAAAQABBYECAwWEAAAAUm1k"
    "YXQAAABGKAGvEyGkLGj1Kqf+OWvzG3EjM2HAJxTKYWFrKmEyF1tIA7cc7gi1hxjWw+HQw0Gtx53XFfAzondAnL5IEF9/"
    "QJIL49U8ag=="
)


def test_heic_as_iphones_write_it_is_read():
    checked = check(HEIC)
    assert (checked.width, checked.height) == (32, 16)
    assert is_red(seen(checked).getpixel((3, 3))) and not is_red(seen(checked).getpixel((28, 12)))
    with pytest.raises(InputError) as refused:
        check(HEIC[: len(HEIC) // 2])
    assert refused.value.code == "photo-damaged"


def bomb(width, height):
    """A PNG of a kilobyte that claims to be as large as that."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


PLAIN = encoded(drawn())
REFUSED = {
    "empty": (b"", InputError, "photo-empty"),
    "bomb": (bomb(50_000, 50_000), TooLargeError, "photo-too-many-pixels"),
    "large": (bomb(9_000, 9_000), TooLargeError, "photo-too-many-pixels"),
    "strip": (bomb(2**31 - 1, 1), TooLargeError, "photo-too-many-pixels"),
    "claims-more-than-it-holds": (bomb(4_000, 4_000), InputError, "photo-damaged"),
    "truncated-jpeg": (PLAIN[: len(PLAIN) // 2], InputError, "photo-damaged"),
    "truncated-png": (encoded(drawn(), "PNG")[:-200], InputError, "photo-damaged"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\n" + PLAIN, InputError, "photo-format"),
    "html": (b"<html><script>alert(1)</script>" + PLAIN, InputError, "photo-format"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", InputError, "photo-format"),
    "gif": (
        encoded(drawn(), "GIF", save_all=True, append_images=[drawn(colour="blue")]),
        InputError, "photo-format",
    ),
    "tiff": (encoded(drawn(), "TIFF"), InputError, "photo-format"),
    "noise": (bytes(range(256)) * 8, InputError, "photo-format"),
    "dot": (encoded(drawn(1, 1), "PNG"), InputError, "photo-too-small"),
    "bytes": (PLAIN + bytes(MOST_BYTES), TooLargeError, "photo-too-large"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_photo_is_refused_and_says_why(name):
    sent, kind, code = REFUSED[name]
    with pytest.raises(kind) as refused:
        check(sent)
    assert (refused.value.code, refused.value.params["field"]) == (code, "file")
    assert code not in str(refused.value)  # there is a sentence


def test_what_stands_behind_a_picture_is_not_kept():
    behind = b"PK\x03\x04 <script>alert(1)</script> <?php system($_GET[0]); ?>" * 50
    checked = check(PLAIN + behind)
    assert b"script" not in checked.picture and b"php" not in checked.picture
    assert checked.sha256 != checked.sent_sha256


def test_a_large_photo_is_made_smaller_and_keeps_its_shape():
    checked = check(encoded(drawn(8000, 4000), quality=60))
    assert (checked.width, checked.height) == (LONGEST_EDGE, LONGEST_EDGE // 2)
    preview = Image.open(io.BytesIO(checked.preview))
    assert preview.size == (PREVIEW_EDGE, PREVIEW_EDGE // 2)
    thin = check(encoded(drawn(9000, 9), "PNG"))
    assert min(thin.width, thin.height) >= 1


def test_the_same_file_gives_the_same_picture():
    assert check(PLAIN) == check(PLAIN)


@pytest.mark.parametrize(
    "gps",
    [
        {2: (IFDRational(0, 0),) * 3},
        {2: dms(0.0), 4: dms(0.0)},
        {2: (IFDRational(95, 1), IFDRational(0, 1), IFDRational(0, 1))},
        {4: (IFDRational(500, 1),) * 3},
        {4: ()},
    ],
    ids=["nan", "null-island", "beyond-pole", "beyond-world", "none"],
)
def test_a_position_that_makes_no_sense_is_none(gps):
    assert check(with_exif(gps=gps)).place is None


def test_south_west_and_outside_china_there_is_one_reading():
    checked = check(with_exif(lon=-70.65, lat=-33.45))
    (reading,) = checked.place.readings
    assert (reading.lon, reading.lat) == pytest.approx((-70.65, -33.45), abs=1e-6)


def test_a_datum_that_says_gcj02_comes_first_and_magnetic_north_is_no_direction():
    checked = check(with_exif(gps={18: "GCJ-02", 16: "M", 17: IFDRational(10, 1)}))
    assert [one.crs for one in checked.place.readings] == ["gcj02", "EPSG:4326"]
    assert checked.place.direction_deg is None


@pytest.mark.parametrize(
    ("own", "gps", "taken"),
    [
        ({0x9003: "2026:05:01 09:30:00"}, {}, datetime(2026, 5, 1, 1, 30, tzinfo=UTC)),
        (
            {0x9003: "2026:05:01 09:30:00"},
            {7: tuple(IFDRational(n, 1) for n in (2, 3, 4)), 29: "2026:05:01"},
            datetime(2026, 5, 1, 2, 3, 4, tzinfo=UTC),
        ),
        ({0x9003: "0000:00:00 00:00:00"}, {}, None),
        ({0x9003: "2199:01:01 00:00:00"}, {}, None),
        ({0x9003: "2026:05:01 09:30:00", 0x9011: "+99:99"}, {}, None),
        ({0x9003: "yesterday"}, {}, None),
    ],
)
def test_the_time_is_that_of_satellites_or_of_the_clock_and_never_nonsense(own, gps, taken):
    assert check(with_exif(own=own, gps=gps)).taken_at == taken
