"""Photos as people send them: checked, turned upright, re-encoded, and rid of all they carry.

What is kept is a JPEG that this program wrote from the pixels alone. Whatever else was in the file
(position, name of the owner, a script behind the picture) is not in it.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, BinaryIO

from gis.errors import InputError, TooLargeError, UnavailableError
from gis.files.camera import CameraPlace, camera_time, place_of_camera

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 20 << 20
MOST_PIXELS = 80_000_000
# Of what cannot be decoded at a fraction of its size, as a JPEG can: 20 bytes each for a moment.
MOST_WHOLE_PIXELS = 26_000_000
LEAST_EDGE = 8
LONGEST_EDGE = 2560  # enough to read a number plate across a street
PREVIEW_EDGE = 360
QUALITY, PREVIEW_QUALITY = 85, 75
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
# What a file is, is told by its first bytes; its name and its declared type are the sender's words.
BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"RIFF", b"ftyphei", b"ftypmif1")
KNOWN = ((b"%PDF", "PDF"), (b"GIF8", "GIF"), (b"PK\x03\x04", "ZIP"), (b"<", "HTML, SVG"))
# A picture at its full size takes some hundred megabytes: so many at a time.
DECODING = BoundedSemaphore(2)
PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPhoto:
    """A photo that can be kept: two JPEGs without any metadata, upright, in sRGB.

    `sha256` is that of `picture`, `sent_sha256` that of the file as it came. `place` and
    `taken_at` are what the camera wrote, None where it wrote nothing that makes sense.
    """

    picture: bytes
    preview: bytes
    sha256: str
    sent_sha256: str
    width: int
    height: int
    place: CameraPlace | None
    taken_at: datetime | None


def check_photo(file: BinaryIO, *, zone: tzinfo) -> CheckedPhoto:
    """Read one photo and make it safe to keep; `zone` is that of a camera that names none.

    Raises TooLargeError `photo-too-large` (bytes), `photo-too-many-pixels`; InputError
    `photo-empty`, `photo-format` (neither JPEG, PNG, WebP nor HEIC, whatever its name says),
    `photo-damaged` (cut off or unreadable), `photo-too-small`; UnavailableError `photos-busy`.
    """
    sent = file.read(MOST_BYTES + 1)
    if not sent:
        raise InputError("photo-empty", field="file")
    if len(sent) > MOST_BYTES:
        raise TooLargeError("photo-too-large", most_mb=MOST_BYTES >> 20, field="file")
    if not DECODING.acquire(timeout=PATIENCE_S):  # who waits here keeps others from being answered
        raise UnavailableError("photos-busy")
    try:
        opened = _open(sent)
        width, height = opened.size
        if width * height > (MOST_PIXELS if opened.format == "JPEG" else MOST_WHOLE_PIXELS):
            raise _too_many_pixels(width, height)
        if min(width, height) < LEAST_EDGE:
            raise InputError("photo-too-small", width=width, height=height, field="file")
        try:
            place, taken_at = place_of_camera(opened), camera_time(opened, zone)
            upright = _upright(opened)
        except Exception as fault:  # decoders fail in every way there is on a hostile file
            raise InputError("photo-damaged", field="file") from fault
        picture = _jpeg(_within(upright, LONGEST_EDGE), QUALITY)
        preview = _jpeg(_within(upright, PREVIEW_EDGE), PREVIEW_QUALITY)
    finally:
        DECODING.release()
    shown = _within(upright, LONGEST_EDGE).size
    return CheckedPhoto(
        picture=picture,
        preview=preview,
        sha256=hashlib.sha256(picture).hexdigest(),
        sent_sha256=hashlib.sha256(sent).hexdigest(),
        width=shown[0],
        height=shown[1],
        place=place,
        taken_at=taken_at,
    )


def _open(sent: bytes) -> Image:
    from PIL import Image, ImageFile, UnidentifiedImageError

    _read_heif()
    # WeasyPrint, once imported, has Pillow fill up for the whole process what a file lacks.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        return Image.open(io.BytesIO(sent), formats=FORMATS)
    except Image.DecompressionBombError as bomb:
        raise _too_many_pixels() from bomb
    except UnidentifiedImageError as unknown:
        if any(start in sent[:12] for start in BEGINNINGS):
            raise InputError("photo-damaged", field="file") from unknown
        found = next((name for start, name in KNOWN if sent.lstrip().startswith(start)), "none")
        raise InputError("photo-format", found=found, field="file") from unknown
    except Exception as fault:
        raise InputError("photo-damaged", field="file") from fault


def _upright(opened: Image) -> Image:
    """The pixels of the first picture of a file, upright, in sRGB, on white, and nothing else."""
    from PIL import Image, ImageOps

    # A JPEG can be decoded at a fraction of its size, at a fraction of the cost.
    opened.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
    opened.load()
    profile = opened.info.get("icc_profile")
    turned = ImageOps.exif_transpose(opened)
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        white = Image.new("RGBA", turned.size, "white")
        turned = Image.alpha_composite(white, turned.convert("RGBA"))
    if turned.mode.startswith("I;16") or turned.mode in ("I", "F"):  # 16 bits a pixel
        turned = turned.point(lambda value: value / 256).convert("L")
    plain = _in_srgb(turned, profile).convert("RGB")
    plain.info.clear()
    return _within(plain, LONGEST_EDGE)


def _in_srgb(image: Image, profile: bytes | None) -> Image:
    """The same colours in sRGB: without its profile a picture of a wide gamut looks dull."""
    if not profile or image.mode not in ("RGB", "CMYK"):
        return image
    from PIL import ImageCms

    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        carried = ImageCms.profileToProfile(
            image, own, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return carried or image


def _within(image: Image, edge: int) -> Image:
    """The picture with no edge longer than `edge`."""
    from PIL import Image

    if max(image.size) <= edge:
        return image
    scale = edge / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _jpeg(image: Image, quality: int) -> bytes:
    written = io.BytesIO()
    image.save(written, "JPEG", quality=quality, optimize=True, exif=b"", icc_profile=None)
    return written.getvalue()


def _too_many_pixels(*size: int) -> TooLargeError:
    given: dict[str, Any] = dict(zip(("width", "height"), size, strict=False))
    return TooLargeError(
        "photo-too-many-pixels", most=MOST_PIXELS // 1_000_000, field="file", **given
    )


@cache
def _read_heif() -> None:
    """Let Pillow read HEIC, as iPhones write it."""
    from pi_heif import register_heif_opener

    register_heif_opener(thumbnails=False)
