"""The texts that ship with the product, and how the text that a visitor sees is put together. Pure.

A body is a title and paragraphs, an empty line between them: ours, or an organisation's own. Behind it come a line for
each mode that is on, which nobody can leave out, and one that says whether to agree is asked. What is put in for a
place in braces is the organisation's as it is: where its chats are stored, and for how long. The hash is over the very
text as it is shown, so whatever changes in it counts as another text.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from compliance.models import LawRegion

TEXTS: Final = Path(__file__).resolve().parent / "texts"
#: By their code, in their own words; the first is for whoever speaks none of them.
LANGUAGES: Final = ("en", "fr", "de", "es")
#: What may stand in braces in an organisation's own text.
PLACES: Final = ("organisation", "place", "kept")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text says of an organisation: its name, where its cell stands, for how many days chats are kept."""

    organisation: str
    region: str
    keep_days: int | None


@dataclass(frozen=True, slots=True)
class Wording:
    """A text as a visitor reads it. `digest`: SHA-256 of `text` in UTF-8."""

    region: LawRegion
    language: str
    asks: bool
    modes: str
    text: str
    digest: bytes

    @property
    def paragraphs(self) -> list[str]:
        """Its title, and what follows."""
        return self.text.split("\n\n")


@cache
def shipped(language: str) -> Mapping[str, Any]:
    """Return what ships in one language."""
    said: dict[str, Any] = json.loads((TEXTS / f"{language}.json").read_text(encoding="utf-8"))
    return said


def names() -> list[tuple[str, str]]:
    """Return the languages, each with its name in itself."""
    return [(code, shipped(code)["name"]) for code in LANGUAGES]


@cache
def body_of(region: LawRegion, language: str) -> str:
    """Return our own text for a region."""
    said = shipped(language)
    return "\n\n".join((said["title"], *said["common"], said["regions"][region.value]))


def language_of(languages: Sequence[str]) -> str:
    """Return the first of a browser's languages that there are texts in."""
    known = (one.replace("_", "-").partition("-")[0].lower() for one in languages)
    return next((one for one in known if one in LANGUAGES), LANGUAGES[0])


@lru_cache(maxsize=4096)
def wording(
    region: LawRegion, language: str, body: str, facts: Facts, modes: tuple[str, ...], *, asks: bool
) -> Wording:
    """Put together what is shown."""
    said = shipped(language)
    paragraphs = (body, *(said["modes"][mode] for mode in modes), said["asked" if asks else "told"])
    text = _filled("\n\n".join(paragraphs), said, facts)
    return Wording(region, language, asks, "+".join(modes), text, hashlib.sha256(text.encode()).digest())


def said_to(language: str, name: str, facts: Facts) -> str:
    """Return one of the widget's own words about the notice."""
    said = shipped(language)
    return _filled(str(said[name]), said, facts)


def _filled(text: str, said: Mapping[str, Any], facts: Facts) -> str:
    kept = said["kept"]["open"] if facts.keep_days is None else said["kept"]["days"]
    kept = kept.replace("{days}", str(facts.keep_days))
    # Not str.format: an organisation's text may hold any brace. The name last: it may hold one too.
    for place, value in (("kept", kept), ("place", said["places"][facts.region]), ("organisation", facts.organisation)):
        text = text.replace(f"{{{place}}}", value)
    return text
