"""What templates need to draw the interface: icons, avatars, relative times."""

import zlib
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from helpdesk.core import clock

register = template.Library()

SPRITE: Final = Path(__file__).resolve().parent.parent / "static" / "core" / "icons.svg"
SVG: Final = "{http://www.w3.org/2000/svg}"
AVATAR_TINTS: Final = 6
ALERT_ICONS: Final = {
    "success": "circle-check",
    "warning": "triangle-alert",
    "danger": "circle-alert",
    "error": "circle-alert",
    "private": "lock",
}


class UnknownIconError(Exception):
    """A template asked for an icon that the sprite doesn't have."""


@cache
def _icons() -> dict[str, str]:
    """Read the sprite once: the drawing of each icon by its name."""
    ET.register_namespace("", SVG.strip("{}"))
    # The file is our own, shipped beside this one; nothing from outside is parsed.
    symbols = ET.parse(SPRITE).getroot().iter(f"{SVG}symbol")  # noqa: S314
    return {symbol.attrib["id"]: _drawing(symbol) for symbol in symbols}


def _drawing(symbol: ET.Element) -> str:
    parts = (ET.tostring(part, encoding="unicode") for part in symbol)
    return "".join(part.replace(' xmlns="http://www.w3.org/2000/svg"', "").strip() for part in parts)


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """Draw an icon in the colour of its text; hidden from assistive technology unless labelled.

    Raises:
        UnknownIconError: The sprite has no such icon.
    """
    try:
        drawing = mark_safe(_icons()[name])  # noqa: S308 - our own sprite
    except KeyError as error:
        raise UnknownIconError(name) from error
    meaning = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" {}>{}</svg>', f" icon--{size}" if size else "", meaning, drawing
    )


@register.filter
def alert_icon(kind: str | None) -> str:
    """Name the icon that stands for a kind of alert."""
    return ALERT_ICONS.get(kind or "", "info")


@register.filter
def initials(name: str | None) -> str:
    """Shorten a name to at most two letters; a nameless person gets a question mark."""
    words = [word for word in (name or "").replace("@", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def tint(name: str | None) -> int:
    """Choose one of the avatar tints, the same for the same name."""
    return zlib.crc32((name or "").encode()) % AVATAR_TINTS


def time_since(at: datetime, now: datetime) -> str:
    """Say how long ago `at` was, in one short unit."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < 60:
        return "now"
    for size, unit in ((604_800, "w"), (86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "now"


@register.filter
def relative_time(at: datetime | None) -> str:
    """Say how long ago `at` was; the page's script keeps it current."""
    return time_since(at, clock.now()) if at else ""
