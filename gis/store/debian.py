"""Debian's packages: installed into the system for root, else unpacked into a folder of our own.

The folder needs no privilege and leaves the machine as it was. apt itself resolves what belongs
together: it is shown a machine that has only the essential packages, so that the folder stands on
its own whatever the administrator adds or removes later.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from gis.errors import UnavailableError
from gis.progress import Progress, silent

STATUS_FILE = Path("/var/lib/dpkg/status")
UNPACKED_MARK = ".wangge-packages"
FONT_SETTINGS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""

# What the wanted packages name but our use of them never opens: services, Debian's own wrapper
# scripts, and the compilers behind PostgreSQL's JIT and Mesa (hundreds of megabytes).
NEVER_OPENED = (
    "adduser",
    "adwaita-icon-theme",
    "dbus",
    "dbus-user-session",
    "default-dbus-session-bus",
    "libgl1-mesa-dri",
    "libllvm14",
    "libpam-systemd",
    "locales",
    "mysql-common",
    "perl",
    "postgresql-client-common",
    "postgresql-common",
    "procps",
    "shared-mime-info",
    "ssl-cert",
    "systemd",
    "systemd-sysv",
    "ucf",
    "x11-utils",
    "xdg-utils",
)


def install(names: Sequence[str], progress: Progress = silent) -> None:
    """Install packages into the system, as root, without upgrading what is there.

    Raises UnavailableError with the last words of apt-get.
    """
    _need_tools("apt-get")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1"}
    progress("setup-apt-update", 0.0)
    # One unreachable source of many must not stop us: whether the packages are there decides.
    subprocess.run(["apt-get", "update", "-q"], env=environment, check=False, capture_output=True)
    _apt_get(
        ["install", "--no-install-recommends", "--no-upgrade", *names],
        environment,
        step="setup-apt-install",
        progress=progress,
        names=names,
    )


def unpack(names: Sequence[str], prefix: Path, progress: Progress = silent) -> None:
    """Download packages with all that they need and unpack them below `prefix`, without root.

    Does nothing if `prefix` already holds exactly these. A failure leaves `prefix` as it was.
    """
    if unpacked(prefix) == tuple(names):
        return
    _need_tools("apt-get", "dpkg-deb")
    prefix.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".packages-", dir=prefix.parent) as scratch:
        new = Path(scratch) / "new"
        new.mkdir(mode=0o755)
        archives = _download(names, Path(scratch), progress)
        for done, archive in enumerate(archives):
            progress("setup-apt-unpack", done / len(archives))
            result = subprocess.run(
                ["dpkg-deb", "-x", archive, new], check=False, capture_output=True, text=True
            )
            if result.returncode != 0:
                raise UnavailableError("setup-unpack-failed", reason=_last_words(result.stderr))
        (new / UNPACKED_MARK).write_text("\n".join(names), encoding="utf-8")
        # TemporaryDirectory made the scratch folder 0700; `new` itself is open to other accounts.
        shutil.rmtree(prefix, ignore_errors=True)
        new.rename(prefix)
    progress("setup-apt-unpack", 1.0)


def unpacked(prefix: Path) -> tuple[str, ...]:
    """The packages that `unpack` put below `prefix`; empty where it never ran to its end."""
    try:
        return tuple((prefix / UNPACKED_MARK).read_text(encoding="utf-8").split("\n"))
    except OSError:
        return ()


def library_folders(prefix: Path) -> list[Path]:
    """Where programs below `prefix` find their libraries (for LD_LIBRARY_PATH), best first.

    Includes the folders that Debian reaches through alternatives, which unpacking does not set up.
    """
    roots = [
        root for base in ("usr/lib", "lib") for root in sorted(prefix.glob(f"{base}/*-linux-gnu*"))
    ]
    return roots + [
        root / name
        for root in roots
        for name in ("blas", "lapack", "pulseaudio")
        if (root / name).is_dir()
    ]


def font_settings(prefix: Path) -> Path:
    """The file that tells fontconfig of the fonts below `prefix` (for FONTCONFIG_FILE)."""
    return prefix / "fonts.conf"


def write_font_settings(prefix: Path) -> None:
    """Make programs that are given `font_settings` find the fonts below `prefix`, and the
    system's."""
    text = FONT_SETTINGS.format(
        fonts=escape(str(prefix / "usr/share/fonts")), cache=escape(str(prefix / "font-cache"))
    )
    font_settings(prefix).write_text(text, encoding="utf-8")


def _download(names: Sequence[str], scratch: Path, progress: Progress) -> list[Path]:
    """Fetch the archives of `names` and of all that they need; the essential packages excepted."""
    status = scratch / "status"
    installed = STATUS_FILE.read_text(encoding="utf-8", errors="replace")
    base = essential_packages(installed)
    status.write_text(pretended_status(installed), encoding="utf-8")
    for folder in ("lists/partial", "cache/archives/partial"):
        (scratch / folder).mkdir(parents=True)
    options = [
        f"Dir::State::lists={scratch}/lists",
        f"Dir::State::status={status}",
        f"Dir::Cache={scratch}/cache",
        "Debug::NoLocking=1",
        "APT::Sandbox::User=",
    ]
    flags = [word for option in options for word in ("-o", option)]
    progress("setup-apt-update", 0.0)
    subprocess.run(["apt-get", *flags, "-q", "update"], check=False, capture_output=True)
    _apt_get(
        [*flags, "install", "--no-install-recommends", "--download-only", *names],
        dict(os.environ),
        step="setup-apt-download",
        progress=progress,
        names=names,
    )
    archives = sorted((scratch / "cache" / "archives").glob("*.deb"))
    # A second C library beside the loader of the system would break every program below prefix.
    return [archive for archive in archives if archive.name.split("_")[0] not in base]


def _apt_get(
    words: Sequence[str],
    environment: dict[str, str],
    *,
    step: str,
    progress: Progress,
    names: Sequence[str],
) -> None:
    """Run apt-get and pass its own progress on (dlstatus:/pmstatus: lines, in per cent)."""
    progress(step, 0.0)
    reading, writing = os.pipe()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        process = subprocess.Popen(
            ["apt-get", "-q", "-y", "-o", f"APT::Status-Fd={writing}", *words],
            env=environment | {"LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(writing,),
        )
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                fields = line.split(":")
                if fields[0] in ("dlstatus", "pmstatus") and len(fields) > 2:
                    # Downloading is the first half of an installation, setting up the second.
                    percent = _number(fields[2])
                    progress(step, _share(fields[0], percent, step))
        if process.wait() != 0:
            output.seek(0)
            raise UnavailableError(
                "setup-apt-failed", packages=" ".join(names), reason=_last_words(output.read())
            )
    progress(step, 1.0)


def _share(kind: str, percent: float, step: str) -> float:
    fraction = min(max(percent / 100, 0.0), 1.0)
    if step == "setup-apt-download":
        return fraction
    return fraction / 2 if kind == "dlstatus" else 0.5 + fraction / 2


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _stanzas(status: str) -> dict[str, dict[str, str]]:
    """The installed packages of a dpkg status file: name -> its one-line fields and `text`."""
    found: dict[str, dict[str, str]] = {}
    for text in status.split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", text, re.MULTILINE))
        if fields.get("Status", "").endswith(" installed") and "Package" in fields:
            found.setdefault(fields["Package"], fields | {"text": text.strip()})
    return found


def _names(relation: str) -> list[str]:
    """The package names in a Depends or Provides field, without versions and architectures."""
    words = (part.strip().split(" ")[0].split(":")[0] for part in re.split(r"[,|]", relation))
    return [word for word in words if word]


def essential_packages(status: str) -> set[str]:
    """The packages that no Debian machine lacks, with all that they need (C library and so on)."""
    stanzas = _stanzas(status)
    providers: dict[str, list[str]] = {}
    for name, fields in stanzas.items():
        for provided in _names(fields.get("Provides", "")):
            providers.setdefault(provided, []).append(name)
    found: set[str] = set()
    wanted = [
        name
        for name, fields in stanzas.items()
        if fields.get("Essential") == "yes" or fields.get("Priority") == "required"
    ]
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        if name not in stanzas:
            wanted += [provider for provider in providers.get(name, []) if provider not in found]
            continue
        found.add(name)
        fields = stanzas[name]
        wanted += _names(fields.get("Depends", "")) + _names(fields.get("Pre-Depends", ""))
    return found


def pretended_status(status: str) -> str:
    """A dpkg status file of a machine with the essential packages and those of NEVER_OPENED."""
    stanzas = _stanzas(status)
    base = essential_packages(status)
    architecture = stanzas.get("dpkg", {}).get("Architecture", "amd64")
    texts = [stanzas[name]["text"] for name in sorted(base)]
    texts += [_pretend(name, architecture) for name in NEVER_OPENED if name not in base]
    return "\n\n".join(texts) + "\n"


def _pretend(name: str, architecture: str) -> str:
    # "perl:any" is met only by a package that allows it; others must stay foreign to count.
    multi_arch = "allowed" if name == "perl" else "foreign"
    fields = {
        "Package": name,
        "Status": "install ok installed",
        "Priority": "optional",
        "Maintainer": "Wangge",
        "Architecture": architecture,
        "Multi-Arch": multi_arch,
        "Version": "9999",
        "Description": "not unpacked, because it is never opened",
    }
    return "\n".join(f"{key}: {value}" for key, value in fields.items())


def _need_tools(*tools: str) -> None:
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        raise UnavailableError("setup-not-debian", tools=", ".join(missing))


def _last_words(text: str, lines: int = 4) -> str:
    """The lines that tell what went wrong: errors if there are any, else the end."""
    written: Iterable[str] = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in written if line.startswith(("E:", "dpkg-deb: error"))]
    return " ".join((errors or list(written))[-lines:])
