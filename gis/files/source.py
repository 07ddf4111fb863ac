"""What a file really is, whether it may be read, and in which encoding its text is."""

from __future__ import annotations

import codecs
import errno
import struct
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gis.errors import InputError, TooLargeError
from gis.report import Report

# What an extension promises. Anything else is left to GDAL, which knows some eighty formats.
_BY_EXTENSION = {
    ".gpkg": "gpkg", ".parquet": "parquet", ".geoparquet": "parquet", ".shp": "shp",
    ".zip": "zip", ".geojson": "geojson", ".json": "geojson", ".pbf": "pbf", ".osm": "osm",
    ".fgb": "fgb", ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "excel",
    ".xls": "excel", ".xlsb": "excel", ".ods": "excel", ".tif": "raster", ".tiff": "raster",
}  # fmt: skip
_NAMES = {
    "gpkg": "GeoPackage", "parquet": "Parquet", "shp": "Shapefile", "zip": "ZIP",
    "geojson": "GeoJSON", "pbf": "OSM PBF", "osm": "OSM XML", "fgb": "FlatGeobuf", "csv": "CSV",
    "excel": "Excel", "raster": "GeoTIFF", "ogr": "GIS",
}  # fmt: skip
TABLES = frozenset({"csv", "excel"})
_OPAQUE = frozenset({"csv", "osm", "ogr", "geojson"})  # text, or unknown to us: no sure mark
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_CHUNK = 1 << 20


def identify(path: Path, *, report: Report, max_bytes: int | None = None) -> str:
    """The kind of file that `path` is (`gpkg`, `parquet`, `shp`, …; `ogr` for what GDAL may know).

    The content decides: a wrong extension is warned of. Raises InputError for a missing, empty,
    unreadable or corrupt file and TooLargeError for one above `max_bytes`.
    """
    report.source = report.source or str(path)
    if not path.exists():
        raise InputError("file-missing", file=str(path))
    kind = _BY_EXTENSION.get(path.suffix.lower(), "ogr")
    if path.is_dir():
        return "ogr"
    size = path.stat().st_size
    if size == 0:
        raise InputError("file-empty", file=str(path))
    check_size(path, size, max_bytes)
    try:
        with path.open("rb") as stream:
            found = _by_content(stream.read(4096))
    except OSError as error:
        raise InputError("file-unreadable", file=str(path)) from error
    if found is None:
        if kind not in _OPAQUE or (kind == "geojson"):
            raise corrupt(path, kind)
        return kind
    if found == "shp" and _words(path) * 2 > size:
        raise corrupt(path, found)
    if found == "zip" and kind == "excel":
        return kind
    if found == "excel" or kind in ("ogr", "csv") or found == kind:
        return found if kind != "csv" or found != "geojson" else kind
    report.add("warned", "file-wrong-extension", promised=_NAMES[kind], found=_NAMES[found])
    return found


def corrupt(path: Path, kind: str) -> InputError:
    """The error `file-corrupt`, to be raised from the reader's own.

    What the reader said is English and speaks of its inside: it stays the cause, for the log.
    """
    return InputError("file-corrupt", file=str(path), kind=_NAMES.get(kind, kind))


def not_writable(path: Path, error: OSError) -> InputError:
    """The error `file-not-writable`, to be raised from `error`, with a reason that has a name."""
    reasons = {
        errno.EACCES: "denied", errno.EPERM: "denied", errno.EROFS: "denied",
        errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EISDIR: "taken",
    }  # fmt: skip
    reason = reasons.get(error.errno or 0, "other") if path.parent.is_dir() else "folder"
    return InputError("file-not-writable", file=str(path), reason=reason)


def _words(path: Path) -> int:
    """The length in 16-bit words that a .shp file says of itself (big-endian, at byte 24)."""
    with path.open("rb") as stream:
        head = stream.read(28)
    return int.from_bytes(head[24:28], "big") if len(head) == 28 else 1 << 31


def check_size(path: Path, size: int, max_bytes: int | None) -> None:
    """Raise TooLargeError where `size` is above the caller's limit (None: no limit)."""
    if max_bytes is not None and size > max_bytes:
        raise TooLargeError(
            "file-too-large",
            file=str(path),
            size_mb=round(size / 2**20, 1),
            limit_mb=round(max_bytes / 2**20, 1),
        )


def _by_content(head: bytes) -> str | None:
    marks = (
        ("parquet", head.startswith(b"PAR1")),
        ("gpkg", head.startswith(b"SQLite format 3\0")),
        ("zip", head.startswith(b"PK\x03\x04")),
        ("shp", head.startswith(b"\x00\x00\x27\x0a")),
        ("pbf", head[4:].startswith(b"\n\tOSMHeader")),
        ("fgb", head.startswith(b"fgb\x03")),
        ("excel", head.startswith(b"\xd0\xcf\x11\xe0")),
        ("raster", head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
        ("geojson", head.removeprefix(codecs.BOM_UTF8).lstrip().startswith((b"{", b"["))),
    )
    return next((kind for kind, marked in marks if marked), None)


@contextmanager
def unzipped(path: Path, max_bytes: int | None, layer: str | None = None) -> Iterator[Path]:
    """The one geometry file of an archive, unpacked under a plain name: names are untrusted.

    Of several it is the one whose name is that of the layer. Raises InputError
    `zip-not-one-layer`; TooLargeError where a member unpacks above `max_bytes`.
    """
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        members = [info for info in archive.infolist() if not info.is_dir()]
        suffixes = (".shp", ".gpkg", ".geojson", ".parquet", ".fgb")
        mains = [member for member in members if member.filename.lower().endswith(suffixes)]
        if len(mains) > 1 and layer is not None:
            named = [main for main in mains if Path(main.filename).stem == layer]
            mains = named or mains
        if len(mains) != 1:
            found = ", ".join(member.filename for member in mains) or "-"
            raise InputError("zip-not-one-layer", file=str(path), found=found)
        stem, _, suffix = mains[0].filename.rpartition(".")
        wanted = _SHAPEFILE_PARTS if suffix.lower() == "shp" else (f".{suffix.lower()}",)
        for member in members:
            name, _, end = member.filename.rpartition(".")
            if name == stem and f".{end.lower()}" in wanted:
                check_size(path, member.file_size, max_bytes)
                target = Path(folder) / f"layer.{end.lower()}"
                with archive.open(member) as packed, target.open("wb") as plain:
                    while chunk := packed.read(_CHUNK):
                        plain.write(chunk)
        yield Path(folder) / f"layer.{suffix.lower()}"


def text_start(path: Path, *, report: Report) -> tuple[str, int]:
    """The encoding of a text file, and the byte at which its text begins, behind UTF-8's mark.

    UTF-16 by its mark (the decoder wants that itself), else UTF-8 if all of it is, else GB18030:
    some programs put UTF-8's mark before GB18030, which is told. Raises InputError
    `file-encoding-unknown`.
    """
    with path.open("rb") as stream:
        head = stream.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", 0
    start = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    for encoding in ("utf-8", "gb18030"):
        if _decodes(path, encoding, start):
            if start and encoding != "utf-8":
                report.add("repaired", "file-encoding", encoding=encoding, named="utf-8")
            return encoding, start
    raise InputError("file-encoding-unknown", file=str(path))


def _decodes(path: Path, encoding: str, start: int) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            stream.seek(start)
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def dbf_encoding(path: Path, *, report: Report) -> str | None:
    """The encoding of a Shapefile's attributes, or None to leave it to GDAL (pure ASCII).

    A .cpg file or the DBF's own code page is believed only if the text can be read with it;
    many Chinese Shapefiles have neither, or a wrong one: UTF-8 is tried, then GB18030.
    """
    texts = _dbf_texts(path)
    if all(text.isascii() for text in texts):
        return None
    cpg = path.with_suffix(".cpg")
    named = cpg.read_text("ascii", "ignore").strip() if cpg.exists() else ""
    named = {"936": "gb18030", "GBK": "gb18030", "GB2312": "gb18030"}.get(named.upper(), named)
    for encoding in filter(None, (named, "utf-8", "gb18030")):
        if all(_readable(text, encoding) for text in texts):
            if encoding != named:
                report.add("repaired", "file-encoding", encoding=encoding, named=named or "-")
            return encoding
    return None


def _readable(text: bytes, encoding: str) -> bool:
    try:  # a fixed-width field may end in the middle of a character: final=False allows it
        codecs.getincrementaldecoder(encoding)().decode(text)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _dbf_texts(path: Path, max_records: int = 20_000) -> list[bytes]:
    """Field names and text values of a DBF, undecoded. Layout: dBASE III header, fixed width."""
    with path.open("rb") as stream:
        head = stream.read(32)
        if len(head) < 32:
            raise corrupt(path, "shp")
        records, header_size, record_size = struct.unpack("<IHH", head[4:12])
        fields = stream.read(max(header_size - 32, 0))
        body = stream.read(min(records, max_records) * record_size)
    texts, spans, offset = [], [], 1
    for start in range(0, len(fields) - 31, 32):
        if fields[start] == 0x0D:
            break
        texts.append(fields[start : start + 11].split(b"\0")[0])
        width = fields[start + 16]
        if fields[start + 11 : start + 12] == b"C":
            spans.append((offset, offset + width))
        offset += width
    for row in range(0, len(body) - record_size + 1, max(record_size, 1)):
        texts.extend(body[row + start : row + end].rstrip(b" \0") for start, end in spans)
    return texts
