"""Budgets of what a customer's page and its visitors have to load."""

import gzip
import re
from pathlib import Path
from typing import Final

import pytest

from tests.browser.site import ROOT, STATIC_FOLDERS, static_file

LOADER_BYTES: Final = 4 * 1024
APP_JS_BYTES: Final = 35 * 1024
# Fetched when somebody asks for it, waits, finds nobody or is done, and for nothing else: at most so large, by whom.
ON_TAP: Final = {
    "chat/widget/card.js": (2 * 1024, "main.js"),
    "chat/widget/files.js": (3 * 1024, "main.js"),
    "chat/widget/first.js": (1024, "main.js"),
    "chat/widget/away.js": (2 * 1024 + 512, "main.js"),
    "chat/widget/ending.js": (2 * 1024, "away.js"),
    "chat/widget/identity.js": (2 * 1024, "main.js"),
    "chat/widget/questions.js": (1024, "main.js"),
}
APP_CSS_BYTES: Final = 6 * 1024
REQUESTS_TO_FIRST_PAINT: Final = 4
IMPORT: Final = re.compile(r"""(?:^import\b[^;]*?|await import\()["'](\.[^"']+)["']\)?;""", re.MULTILINE)
FRAME: Final = ROOT / "templates" / "chat" / "widget" / "frame.html"


def zipped_bytes(*files: Path) -> int:
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)


def with_imports(module: Path) -> set[Path]:
    """The module and all that it imports, however deep."""
    found: set[Path] = set()
    waiting = [module.resolve()]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        waiting += [resolve(one, target) for target in IMPORT.findall(one.read_text())]
    return found


def resolve(importer: Path, target: str) -> Path:
    """Static folders of all apps are one tree to the browser."""
    path = (importer.parent / target).resolve()
    if path.is_file():
        return path
    folder = next(folder for folder in STATIC_FOLDERS if importer.is_relative_to(folder))
    return static_file(str(path.relative_to(folder)))


def test_the_loader_stays_within_4_kb():
    assert zipped_bytes(static_file("chat/widget/loader.js")) <= LOADER_BYTES


def test_the_widget_s_scripts_stay_within_35_kb():
    """With the finder, which is fetched only for a draft with as many digits as a number that matters."""
    modules = with_imports(static_file("chat/widget/main.js")) - {static_file(name).resolve() for name in ON_TAP}

    assert len(modules) > 10
    assert with_imports(static_file("chat/shared/masking.js")) < modules
    assert zipped_bytes(*modules) <= APP_JS_BYTES


@pytest.mark.parametrize("name", ON_TAP)
def test_what_is_fetched_on_a_tap_is_small_and_is_not_fetched_before(name):
    module, tree = static_file(name), with_imports(static_file("chat/widget/main.js"))
    most, fetched_by = ON_TAP[name]
    importing = f'await import("./{module.name}")'

    assert zipped_bytes(module) <= most
    # Named once, where it is fetched; what it imports is there already.
    assert [each.name for each in tree if importing in each.read_text()] == [fetched_by]
    assert not any(f'from "./{module.name}"' in each.read_text() for each in tree)
    assert with_imports(module) - {module.resolve()} < tree


def test_the_widget_s_styles_stay_within_6_kb_and_its_first_paint_within_four_requests():
    styles = re.findall(r"{% static '([^']+\.css)' %}", FRAME.read_text())

    assert zipped_bytes(*map(static_file, styles)) <= APP_CSS_BYTES
    assert 1 + len(styles) <= REQUESTS_TO_FIRST_PAINT


def test_the_widget_loads_no_font():
    styles = re.findall(r"{% static '([^']+\.css)' %}", FRAME.read_text())

    assert not any("@font-face" in static_file(style).read_text() for style in styles)
