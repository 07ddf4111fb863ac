"""Folium pages that load nothing from outside: every asset by name from a manifest of local files.

Folium names each script and style sheet and hands a link to the page's header, whichever class it
comes from. The header of `LocalFigure` is the one place where all of them pass: it swaps the
address for the local one and refuses a name that it does not know. Nothing of Folium is patched,
so other users of Folium in the process, and other threads, see no change.
"""

from __future__ import annotations

import base64
import html
import json
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink
from jinja2 import Template

from gis.errors import UnavailableError

# Scripts inside Folium's own wheel: its copy of Leaflet.heat weighs points right, npm's does not.
SHIPPED = {
    "leaflet-heat.js": "leaflet_heat.min.js",
    "heatmap.min.js": "pa7_hm.min.js",
    "leaflet-heatmap.js": "pa7_leaflet_hm.min.js",
}
# Only for glyph icons of Bootstrap 3 and for turned markers; no page of ours has either.
UNUSED = frozenset({"glyphicons_css", "awesome_rotate_css"})

_LOADS = re.compile(
    r"""<(?:script|img|iframe|source|embed)\b[^>]*?\bsrc\s*=\s*["']?\s*((?:https?:)?//[^\s"'>]+)
      | <link\b[^>]*?\bhref\s*=\s*["']?\s*((?:https?:)?//[^\s"'>]+)
      | \bL\.(?:tileLayer(?:\.wms)?|imageOverlay|videoOverlay)\(\s*["']((?:https?:)?//[^"']+)
      | \$\.(?:ajax|getJSON)\(\s*["']((?:https?:)?//[^"']+)""",
    re.VERBOSE | re.IGNORECASE,
)
_STYLES = re.compile(r"<style\b[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_STYLE_LOADS = re.compile(
    r"""(?:url\(|@import)\s*["']?\s*((?:https?:)?//[^\s"')]+)""", re.IGNORECASE
)
_STYLE_FILES = re.compile(r"""url\(\s*["']?(?!data:|#)([^"')?#]+)[^)]*\)""")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoliumAssets:
    """Where Folium's scripts and styles lie: its names for them, and paths below one address.

    With a `folder`, the files are read from there and written into the page itself, which then
    opens without any server.
    """

    paths: Mapping[str, str]
    base_url: str = "/assets/folium/"
    folder: Path | None = None

    @classmethod
    def read(cls, manifest: Path, *, embed_from: Path | None = None) -> FoliumAssets:
        """Assets of the manifest {"<name in Folium>": "<path below /assets/folium/>"}.

        `embed_from` is the folder that the paths start from, for pages that carry all in
        themselves. Raises UnavailableError `hotspot-assets-missing`.
        """
        try:
            paths = json.loads(manifest.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UnavailableError("hotspot-assets-missing", path=manifest.name) from error
        if not isinstance(paths, dict) or not all(isinstance(p, str) for p in paths.values()):
            raise UnavailableError("hotspot-assets-missing", path=manifest.name)
        return cls(paths=paths, folder=embed_from)

    def path(self, name: str) -> str:
        """The path of an asset. Raises UnavailableError `hotspot-asset-unknown`."""
        try:
            return self.paths[name]
        except KeyError:
            raise UnavailableError("hotspot-asset-unknown", name=name) from None

    def element(self, name: str, link: JavascriptLink | CssLink) -> Element:
        """What stands in the header for Folium's link of this name."""
        is_script = isinstance(link, JavascriptLink)
        if name in SHIPPED:
            return Raw(_script(_shipped(SHIPPED[name])))
        path = self.path(name)
        if self.folder is None:
            return type(link)(self.base_url + path)
        try:
            file = self.folder / path
            text = file.read_text(encoding="utf-8")
        except OSError as error:
            raise UnavailableError("hotspot-assets-missing", path=path) from error
        return Raw(_script(text) if is_script else f"<style>{_carrying(text, file.parent)}</style>")


class Raw(Element):
    """Text that goes into the page as it is. (branca's Element would run it as a template.)"""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **kwargs: Any) -> str:
        return self._text


class Part(Element):
    """Head, body or script of a page: links become local ones, and rendered text stays as it is.

    Folium hands over the text that it has rendered as a new template, so that a name such as
    `{{ 7 * 7 }}` inside it would be run on the server.
    """

    def __init__(self, assets: FoliumAssets) -> None:
        super().__init__()
        self._assets = assets

    def add_child(
        self, child: Element, name: str | None = None, index: int | None = None
    ) -> Element:
        if isinstance(child, JavascriptLink | CssLink):
            if name in UNUSED:
                return self
            child = self._assets.element(name or child.url, child)
        elif child._template_str is not None:
            child = Raw(child._template_str)
        super().add_child(child, name=name, index=index)
        return self


class LocalFigure(Figure):
    """A Folium page in a language, with local assets: add a map to it, then `render()`.

    `tile_url` is the one outside address that an office may have allowed. Rendering raises
    UnavailableError `hotspot-asset-unknown` or `hotspot-asset-outside`.
    """

    _template = Template(
        '<!DOCTYPE html>\n<html lang="{{ this.language }}" data-theme="{{ this.theme }}">\n<head>\n'
        "<title>{{ this.title }}</title>\n{{ this.header.render(**kwargs) }}\n</head>\n"
        "<body>\n{{ this.html.render(**kwargs) }}\n"
        "<script>\n{{ this.script.render(**kwargs) }}\n</script>\n</body>\n</html>\n"
    )

    def __init__(
        self,
        assets: FoliumAssets,
        *,
        title: str,
        language: str,
        theme: str = "light",
        tile_url: str | None = None,
    ) -> None:
        super().__init__(title=html.escape(title))
        self.language, self.theme = html.escape(language), html.escape(theme)
        self._tile_url = tile_url
        self.header, self.html, self.script = Part(assets), Part(assets), Part(assets)
        for part in (self.header, self.html, self.script):
            part._parent = self
        self.header.add_child(Raw('<meta charset="utf-8">'), name="meta_http")
        # or a browser asks the server for /favicon.ico
        self.header.add_child(Raw('<link rel="icon" href="data:,">'), name="icon")

    def render(self, **kwargs: Any) -> str:
        _number(self)
        page = str(super().render(**kwargs))
        for url in outside_loads(page):
            if url != self._tile_url:
                raise UnavailableError("hotspot-asset-outside", url=url)
        return page


class LeafletMap(folium.Map):
    """A Folium map that asks for Leaflet alone: no jQuery, Bootstrap or icon font (so no popups).

    The page is 1 MB lighter for it. Without `tiles` it draws on a plain ground.
    """

    default_js = [entry for entry in folium.Map.default_js if entry[0] == "leaflet"]  # noqa: RUF012
    default_css = [entry for entry in folium.Map.default_css if entry[0] == "leaflet_css"]  # noqa: RUF012


def outside_loads(page: str) -> list[str]:
    """Every address of another origin that a browser would load on showing this page."""
    found = ["".join(groups) for groups in _LOADS.findall(page)]
    for style in _STYLES.findall(page):
        found += _STYLE_LOADS.findall(style)
    return found


def for_script(value: Any) -> str:
    """A value as JSON that cannot leave the <script> element that it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def for_tooltip(text: str) -> str:
    """Plain text for Folium's tooltips, which are HTML inside a JavaScript template literal."""
    return re.sub(r"[`$\\{}]", lambda sign: f"&#{ord(sign[0])};", html.escape(text))


def _number(root: Element) -> None:
    """Give the elements ids by their order instead of random ones: same input, same page.

    (Folium's popups keep random ones inside; no page of the service has popups.)
    """
    waiting, number = [root], 0
    while waiting:
        element = waiting.pop()
        element._id = f"{number:06x}"
        number += 1
        waiting += reversed(element._children.values())


def _shipped(file: str) -> str:
    return resources.files("folium").joinpath("templates", file).read_text(encoding="utf-8")


def _script(text: str) -> str:
    return "<script>" + text.replace("</script", "<\\/script") + "</script>"


def _carrying(style: str, folder: Path) -> str:
    """A style sheet with the images and fonts beside it written into it."""

    def carried(match: re.Match[str]) -> str:
        file = folder / match[1].strip()
        if not file.is_file():
            return match[0]
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return f"url(data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()})"

    return _STYLE_FILES.sub(carried, style)
