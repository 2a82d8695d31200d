"""The one way in for text: masked under the organisation's rules before anything else is done with it.

    ingested = ingest(text, surface=surfaces.SUBJECT, rule_set=rule_sets.current(tenant_id))

What comes back is the engine's own `MaskedText`; what stores text takes nothing else (`compliance.sealed_text`), so a
write that was not masked can't be expressed. Raw text lives in the caller's variables until here, and nowhere after.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urlsplit

from django.views.decorators.debug import sensitive_variables

from compliance import surfaces
from compliance.masking import Context, MaskedText, MaskingPolicy, Utterance, WindowMasking, mask, mask_window
from compliance.surfaces import Surface
from tenants.text_checks import HoldsSensitiveDataError

if TYPE_CHECKING:
    # It is above what is checked here: an organisation's own patterns.
    from compliance.rule_sets import RuleSetInForce

MAX_ADDRESS: Final = 500
MAX_FILE_NAME: Final = 255
HIDDEN_PATH: Final = "…"
_MARKS: Final = re.compile("[/:@^$]+")


@sensitive_variables("text")
def ingest(
    text: str,
    *,
    surface: Surface,
    rule_set: "RuleSetInForce",
    previous: Sequence[Utterance] = (),
    names: Sequence[str] = (),
    most: int | None = None,
) -> MaskedText:
    """Mask one text that came in by a surface. Pure, but for the rule set, which the caller has looked up.

    Args:
        most: Characters that are kept. Cut behind the mask: a cut number would not be known as one.

    Raises:
        MaskingError: The masker could not finish: nothing may be stored or shown; the sender keeps it and tries again.
    """
    policy, context = surface.policy_of(rule_set.policy), Context(surface.by, previous, names)
    masked = _masked(surface, text, policy, context)
    return masked if most is None or len(masked.text) <= most else _masked(surface, masked.text[:most], policy, context)


@sensitive_variables("text")
def ingest_part(
    text: str, *, surface: Surface, rule_set: "RuleSetInForce", previous: Sequence[Utterance]
) -> WindowMasking:
    """Mask a text together with what was said before it: it may be a part of a number that is split over several.

    Raises:
        MaskingError: As `ingest`.
    """
    return _masked_window(surface, text, surface.policy_of(rule_set.policy), Context(surface.by, previous))


@sensitive_variables("address")
def ingest_address(address: str, *, surface: Surface, rule_set: "RuleSetInForce") -> MaskedText:
    """Mask the address of a page: without its query, fragment and password, and what in its path must not be kept.

    What is no web address is nothing.

    Raises:
        MaskingError: As `ingest`.
    """
    parts = _split(address)
    if parts is None:
        return ingest("", surface=surface, rule_set=rule_set)
    site = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    segments = [unquote(segment) for segment in parts.path.split("/")]
    # In an address the engine takes a number for an id; here nothing speaks for that, and slashes only separate.
    policy, context = surface.policy_of(rule_set.policy), Context(surface.by)
    host = parts.hostname or ""
    if _masked(surface, host, policy, context).text != host:
        return ingest("", surface=surface, rule_set=rule_set)
    spoken = " ".join(segments)
    if _masked(surface, spoken, policy, context).text == spoken:
        return ingest(f"{site}{'/'.join(segments)}", surface=surface, rule_set=rule_set, most=MAX_ADDRESS)
    masked = [_masked(surface, segment, policy, context).text for segment in segments]
    spoken = " ".join(masked)
    # Hidden piece by piece if that is enough; a number across several hides the whole path.
    if _masked(surface, spoken, policy, context).text != spoken:
        masked = ["", HIDDEN_PATH]
    return ingest(f"{site}{'/'.join(masked)}", surface=surface, rule_set=rule_set, most=MAX_ADDRESS)


@sensitive_variables("name")
def ingest_file_name(name: str, *, rule_set: "RuleSetInForce") -> MaskedText:
    """Mask the name of a file as its sender gave it: without its folders, its underscores taken for spaces.

    Raises:
        MaskingError: As `ingest`.
    """
    bare = PurePosixPath(name.replace("\\", "/")).name
    stem, dot, suffix = bare.rpartition(".")
    spoken = (stem or suffix).replace("_", " ")
    masked = ingest(spoken, surface=surfaces.FILE_NAME, rule_set=rule_set).text
    whole = ingest(f"{spoken}{dot}{suffix}", surface=surfaces.FILE_NAME, rule_set=rule_set, most=MAX_FILE_NAME)
    if stem and masked != spoken and whole.text == f"{masked}{dot}{suffix}":
        # With what was found in it; what is masked below was masked before, and tells nothing of that.
        return whole
    kept = bare if masked == spoken else f"{masked}{dot}{suffix}" if stem else masked
    return ingest(kept, surface=surfaces.FILE_NAME, rule_set=rule_set, most=MAX_FILE_NAME)


@sensitive_variables("text")
def refuse_sensitive(text: str) -> None:
    """Let the name of a person, an organisation or a setting pass, which is kept readable; one that had to be masked
    is refused, so that whoever typed it sees why.

    Raises:
        HoldsSensitiveDataError: It holds what must not be kept.
        MaskingError: As `ingest`.
    """
    policy, surface = MaskingPolicy.named("default"), surfaces.PLAIN_NAME
    # In an address the engine takes a number for an id; a name has no such excuse.
    for spoken in (text, _MARKS.sub(" ", text)):
        if _masked(surface, spoken, surface.policy_of(policy), Context(surface.by)).text != spoken:
            raise HoldsSensitiveDataError


def _masked(surface: Surface, text: str, policy: MaskingPolicy, context: Context) -> MaskedText:
    """The one call of the engine. `surface` is for `prove canaries`, which takes the call out for one of them."""
    return mask(text, policy, context)


def _masked_window(surface: Surface, text: str, policy: MaskingPolicy, context: Context) -> WindowMasking:
    return mask_window(text, policy, context)


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address.strip())
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and parts.hostname else None
