"""Which inputs there are, which surface drives each, and which take no text at all: what nobody has named is red."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.urls import URLPattern, get_resolver

from tests.proofs.canaries.values import Canary

Drive = Callable[[Any, list[Canary]], None]


@dataclass(frozen=True)
class Driver:
    """How canaries come in by one surface.

    `inputs` are the routes, by name, and the fields of frames it fills; `masked_by` the surface of
    `compliance.surfaces` behind it; `cards_only`: it takes a short line.
    """

    name: str
    drive: Drive
    inputs: tuple[str, ...]
    masked_by: tuple[str, ...] = ()
    cards_only: bool = False
    #: Its text is kept readable, masked.
    readable: bool = False


DRIVERS: Final[dict[str, Driver]] = {}
IDS: Final = "takes ids and choices alone"
# Inputs that take no text of anybody's, by name, with the reason.
NO_TEXT: Final = dict.fromkeys(
    (
        "sign_out", "masking_levels", "masking_regions", "masking_back", "invite_again", "withdraw",
        "activate", "set_role", "unlock_member", "export", "rotate_key", "revoke_key", "restore_key", "disconnect_key",
        "cancel_close",
        "take", "assign", "release", "resolve", "reopen", "block", "unblock", "pre_chat_typed", "pre_chat_remove",
        "remove_origin", "canned_delete", "canned_restore", "acknowledge_incident", "incident_told",
        "incident_task_done", "incident_people", "review_begin", "review_decide", "review_sign", "agreement_end",
        "stored_activate", "stored_drop",
        "stored_pause", "stored_propose", "stored_resume", "stored_shadow", "tenants_tenant_rotate_key",
        "availability", "enrol_later", "revoke_factor", "passkey_create_options", "passkey_sign_in_options",
        "passkey_sign_in", "passkey_confirm_options", "passkey_confirm", "active", "end_session", "end_other_sessions",
        "end_member_sessions", "sign_in_policies", "training_lesson", "training_quiz", "course_use",
        "confirm_address_rule", "take_back_address_rule", "new_break_glass_codes", "ask_for_device", "give_up_device",
        "trail_export", "trail_keep", "trail_drop", "processing_download", "evidence_build", "evidence_download",
        "approve_device", "revoke_device", "device_rule", "device_challenge", "change_email_again", "keep_email",
        "leave", "transfer", "team_delete", "team_restore", "team_add", "team_remove",
        "support_refuse",
        "remove_file", "hand_over_file",
        "ask_form", "cancel_form", "take_form", "hidden_form", "switch_form", "remove_form", "revoke_form_key",
        "widget_form", "form_open", "form_decline",
        "part_contacts", "request_ask", "request_assign", "request_extend", "request_agree", "request_archive",
        "hold_ask", "hold_decline", "hold_release",
        "handle_form", "checked_form", "remove_form_endpoint", "test_form_endpoint", "retire_endpoint_key",
        "disconnect_payments", "test_payments", "form_pay",
        "widget_forget", "make_identity_secret", "retire_identity_key",
        "who_may_write",
        "hours", "hours_off", "closed_day_remove",
        "end_proof", "proof_open", "proof_send", "proof_decline", "proof_end", "proof_close", "proof_export",
        "proof_erase", "proof_app", "proof_give_up_app", "widget_own",
        "proof_begin_passkey", "proof_ask_passkey", "proof_give_up_passkeys",
    ),
    IDS,
) | {
    "sign_up_again": "the address of a sign-up, as `sign_up`", "confirm_again": "as `confirm`",
    "masking_unexempt": "only what is stored already", "masking_switch_rule": "only names that are stored already",
    "retention": "numbers of days",
    "widget_session": "a token we made, a site that is named already, and a time zone and languages that are not kept",
    "frame:notice": "a hash, in hexadecimal", "frame:consent.notice": "a hash, in hexadecimal",
    "notice_drop": IDS, "notice_publish": "a hash, compared and not kept",
    "frame:ticket": "a ticket we made", "locked": "a password, compared and kept nowhere",
    "enrol": "a code of six digits", "factor": "a code of six digits",
    "contact_key": "a code of six digits", "security_confirm": "a code", "backup_codes": "a code",
    "add_app": "a code of six digits", "ownership": "ids, a role and a code",
    "device_proof": "a challenge we made, a point and a signature: compared, and a hash of the point kept",
    "mode_agree": "nothing", "mode_keep": "nothing",
    "support_approve": "minutes of a list, and a code as `use_break_glass`",
    "read_form": "a code, compared and kept nowhere",
    "form_keys": "a code, and a point of a curve: what is none is refused",
    "payment_webhook": "signed by the payment provider, or not looked at; only the shape of one name of it is used",
    "proof_confirm_app": "a code of six digits", "proof_prove_by_app": "a code of six digits",
    "proof_keep_passkey": "what a device made and signed: an id at random and the public half of a key are kept",
    "proof_prove_by_passkey": "what a device signed, compared and kept nowhere",
    "proof_prove": "a code of eight digits, compared by its hash and kept nowhere",
    "form_submit": "sealed in the visitor's browser: sizes and a point are all that is looked at (`prove forms`)",
    "add_identity_key": "a public key of 32 bytes: what is none is refused",
    "try_identity_token": "looked at, shown to who pasted it, and not kept",
    "link_code": "a token we made", "link_open": "a code, compared and kept nowhere",
    "use_break_glass": "a code, compared by its hash and kept nowhere",
}  # fmt: skip
# Surfaces of the product that no route leads to yet.
NOT_YET: Final[dict[str, str]] = {}


def surface(
    name: str, *inputs: str, masked_by: tuple[str, ...] = (), cards_only: bool = False, readable: bool = False
) -> Callable[[Drive], Drive]:
    """Register a driver."""

    def register(drive: Drive) -> Drive:
        DRIVERS[name] = Driver(name, drive, inputs, masked_by, cards_only, readable)
        return drive

    return register


def inputs() -> set[str]:
    """Return every input there is: routes that take a post, by name, and text fields of frames."""
    return {*_posts(), *_frames()}


def unregistered(given: set[str] | None = None) -> list[str]:
    """Return the inputs that nobody drives and nobody has declared to take no text."""
    known = {one for driver in DRIVERS.values() for one in driver.inputs} | NO_TEXT.keys()
    return sorted((inputs() if given is None else given) - known)


def methods_of(view: Any) -> list[str] | None:
    """Return the methods a view is restricted to; None when it says none."""
    waiting, seen = [view], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        for cell in getattr(one, "__closure__", None) or ():
            held = cell.cell_contents
            if (
                isinstance(held, list | tuple)
                and held
                and all(isinstance(each, str) and each.isupper() for each in held)
            ):
                return list(held)
            if callable(held):
                waiting.append(held)
        waiting += [one.__wrapped__] if hasattr(one, "__wrapped__") else []
    return None


def _posts() -> Iterator[str]:
    for address, pattern in _routes(get_resolver().url_patterns, ""):
        allowed = methods_of(pattern.callback)
        if allowed is not None and "POST" not in allowed:
            continue
        name = pattern.name or address
        # Pages of the admin's classes are read-only or hold choices; our own forms among them are named.
        is_own = name.startswith("tenants_tenant_") and name.endswith(("_switch_mode", "_rotate_key"))
        yield name if is_own or not address.startswith("admin/") else "admin:pages"


def _frames() -> Iterator[str]:
    from chat.protocol.commands import AGENT_COMMANDS, VISITOR_COMMANDS

    for command in {*VISITOR_COMMANDS, *AGENT_COMMANDS}:
        yield from (f"frame:{name}" for name in _texts(command))


def _texts(model: Any) -> Iterator[str]:
    for name, held in model.model_fields.items():
        if name in {"type", "kind"} or held.annotation in {UUID, int, bool}:
            continue
        if held.annotation is str:
            yield name
        for inner in getattr(held.annotation, "__args__", ()):
            if hasattr(inner, "model_fields"):
                yield from (f"{name}.{each}" for each in _texts(inner))


def _routes(patterns: list[Any], before: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        address = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield address, pattern
        else:
            yield from _routes(pattern.url_patterns, address)
