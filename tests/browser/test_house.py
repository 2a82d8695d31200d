"""Rules of the front end that a reader could break without noticing."""

import hashlib
import json
import re
from typing import Final

import pytest

from helpdesk.core.templatetags import ui
from tests.browser.site import ROOT, STATIC_FOLDERS

# A mail is no page: mail programs know neither style sheets nor our policy.
TEMPLATES: Final = sorted(file for file in (ROOT / "templates").rglob("*.html") if "mail" not in file.parent.parts)
SCRIPTS: Final = sorted(
    file for folder in STATIC_FOLDERS for file in folder.rglob("*.js") if "vendor" not in file.parts
)
STYLES: Final = sorted(
    file for folder in STATIC_FOLDERS for file in folder.rglob("*.css") if "vendor" not in file.parts
)
VENDOR: Final = ROOT / "helpdesk" / "core" / "static" / "core" / "vendor"
NONCE: Final = 'nonce="{{ request.csp_nonce }}"'
# Rendered where there may be no request to take a nonce from.
WITHOUT_REQUEST: Final = {"500.html", "503.html"}
# Sinks that turn text into HTML or code.
SINKS: Final = re.compile(
    r"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function"
    r"|setAttribute\(\s*[\"']on"
)


def name(path: object) -> str:
    return str(path).removeprefix(f"{ROOT}/")


def test_a_template_has_no_inline_style_or_handler():
    inline = re.compile(r"\sstyle\s*=|<style|\son[a-z]+\s*=\s*[\"']|javascript:")

    assert [name(template) for template in TEMPLATES if inline.search(template.read_text())] == []


def test_every_script_style_sheet_and_htmx_element_carries_the_nonce():
    for template in TEMPLATES:
        if template.name in WITHOUT_REQUEST or "demo/shop" in str(template):
            continue
        text = template.read_text()
        loads = re.findall(r"<script\b[^>]*>|<link rel=\"stylesheet\"[^>]*>", text)
        tags = re.findall(r"<\w+\b[^>]*>", text)
        acts = [tag for tag in tags if re.search(r"\shx-(get|post|put|delete|patch)=", tag)]

        assert [tag for tag in loads if NONCE not in tag] == [], name(template)
        assert [tag for tag in acts if f"hx-{NONCE}" not in tag] == [], name(template)


def test_htmx_is_set_up_the_same_everywhere_and_copies_no_style_from_what_it_replaces():
    """Before settling it would: a box that its reader has made larger has one, and the policy refuses it."""
    texts = [template.read_text() for template in TEMPLATES]
    set_up = {found for text in texts for found in re.findall(r"name=\"htmx-config\" content='([^']*)'", text)}

    assert set_up == {'extensions:"hx-csp", history:"reload", includeIndicatorCSS:false, defaultSettleDelay:0'}


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_a_script_writes_text_and_never_html_and_stays_short(script):
    text = script.read_text()

    assert not SINKS.search(text)
    assert text.count("\n") < 300


@pytest.mark.parametrize("style", STYLES, ids=name)
def test_colours_come_from_the_tokens(style):
    own = {"tokens.css", "shop.css"}
    if style.name in own:
        return
    text = re.sub(r"--tint(-ink)?: light-dark\([^)]*\)|/\*.*?\*/", "", style.read_text(), flags=re.DOTALL)
    literal = re.findall(r"#[0-9a-f]{3,8}\b", text)
    paired = re.findall(r"light-dark\(#[0-9a-f]{6}, #[0-9a-f]{6}\)", text)

    assert len(literal) == 2 * len(paired)


def test_vendored_files_are_the_ones_in_the_manifest():
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    present = {file.name for file in VENDOR.iterdir() if file.suffix in {".js", ".css"}}

    assert {file for file in manifest if not file.startswith("../")} == present
    for file, entry in manifest.items():
        assert hashlib.sha256((VENDOR / file).read_bytes()).hexdigest() == entry["sha256"], file
        assert (VENDOR / entry["licence_file"]).is_file()


def test_every_icon_that_a_template_names_is_in_the_sprite():
    named = {icon for template in TEMPLATES for icon in re.findall(r"{% icon \"([^\"]+)\"", template.read_text())}
    named |= {icon for template in TEMPLATES for icon in re.findall(r"\bicon=\"([^\"]+)\"", template.read_text())}

    assert [icon for icon in sorted(named) if not ui.icon(icon)] == []


def test_an_icon_that_does_not_exist_is_an_error():
    with pytest.raises(ui.UnknownIconError):
        ui.icon("no-such-icon")


def test_a_labelled_icon_is_an_image_with_that_name():
    assert 'role="img" aria-label="Sent &amp; read"' in ui.icon("check", label="Sent & read")


INITIALS = [
    ("Ada Moreau", "AM"),
    ("ada", "A"),
    ("Jean-Luc van der Berg", "JB"),
    ("vera@example.com", "VE"),
    ("", "?"),
    (None, "?"),
    ("(x)", "?"),
]


@pytest.mark.parametrize(("person", "letters"), INITIALS)
def test_an_avatar_shows_at_most_two_letters(person, letters):
    assert ui.initials(person) == letters
    assert 0 <= ui.tint(person) < ui.AVATAR_TINTS
