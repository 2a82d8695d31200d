"""Lines of a conversation that tell what became of a secure form: which, who asked, who has it. Never a value. Pure."""

from typing import Final

from chat.models import CardBrand, FormRequest, FormState, Handling, Match

_ENDED: Final = {
    FormState.DESTROYED: "was read by {agent}, and destroyed",
    FormState.DECLINED: "was declined by the visitor",
    FormState.CANCELLED: "was withdrawn{why}",
    FormState.EXPIRED: "ran out{why}",
    FormState.REVOKED: "was destroyed unread{why}",
    FormState.FORWARDED: "was taken by {organisation}’s system, and destroyed here",  # noqa: RUF001
    FormState.REFUSED: "was not taken by {organisation}’s system, and destroyed{why}",  # noqa: RUF001
    FormState.TOKENIZED: "was taken by {organisation}’s payment provider; the number never came here",  # noqa: RUF001
    FormState.CHECKED: "was compared, and destroyed: {match}",
}
_MATCHES: Final = {Match.MATCH: "it matches", Match.NO_MATCH: "it does not match"}
#: Why one ended before its time, as the line says it.
REASONS: Final = {
    "": "",
    "transfer": ": the conversation is no longer with who asked",
    "resolved": ": the conversation has ended",
    "signed_out": ": who asked has signed out",
    "moved": ": who asked works from another place now",
    "revoked": ": who asked may not read it any more",
    "rekeyed": ": the key that it was sealed for does not count any more",
    "unpaid": ": the payment provider is not connected any more",
    "erased": ": the visitor has erased what was kept of them",
    "unproven": ": the visitor’s proof of who they are is over",  # noqa: RUF001
    "blocked": ": the visitor was blocked",
    "withdrawn": ": it was withdrawn",
    "unread": ": it was not read in time; nobody has read anything",
    "unsent": ": nothing was sent in time; nobody has read anything",
    "lost": ": what was sent was lost before it was read; nobody has read anything",
    "unreached": ": the system was not reached in time; nobody has read anything",
    "in_flight": ": it can’t be said whether the system has it",  # noqa: RUF001
    "not_public": ": it is at no public address",
    "redirect": ": it leads elsewhere",
    "refused": "",
    "unclear": ": it did not say whether it matches",
}
_SENT: Final = {
    Handling.VIEW: "sealed for {agent}, who can read it once within {minutes} minutes",
    Handling.CHECK: "sealed for {agent}’s browser, which can compare it once within {minutes} minutes",  # noqa: RUF001
    Handling.FORWARD: "sealed for {organisation}’s system; no agent can read it",  # noqa: RUF001
    Handling.PAY: "",
    Handling.ASK: "sealed for {organisation}’s system, which compares it; no agent can read it",  # noqa: RUF001
}
_FOR: Final = {
    Handling.VIEW: "",
    Handling.CHECK: ", to be compared only",
    Handling.FORWARD: ", for {organisation}’s system",  # noqa: RUF001
    Handling.PAY: ", on a page of {organisation}’s payment provider",  # noqa: RUF001
    Handling.ASK: ", to be compared only, by {organisation}’s system",  # noqa: RUF001
}


def requested(form: FormRequest) -> str:
    """Return the line of a form that is asked for."""
    what = f"the secure form “{form.name}”" + _filled(_FOR[Handling(form.handling)], form)
    if not form.by_visitor:
        return f"{form.recipient.user.name} asks for {what}."
    whom = f", for {form.recipient.user.name} alone" if form.handling == Handling.VIEW else ""
    return f"The visitor began {what}{whom}."


def submitted(form: FormRequest) -> str:
    """Return the line of a form that was sent."""
    return f"Secure form “{form.name}” was sent, {_filled(_SENT[Handling(form.handling)], form)}."


def ended(form: FormRequest, receipt: str) -> str:
    """Return the line of a form that has ended, with the reference that its taker gave."""
    # What was compared in a browser that then said nothing was seen by nobody, as far as can be told.
    words = _ENDED[FormState(form.state)]
    if form.handling == Handling.CHECK and form.state == FormState.DESTROYED:
        words = "was handed over to be compared, and destroyed; nothing was said of it"
    told = f"Secure form “{form.name}” for {form.recipient.user.name} {_filled(words, form)}."
    if form.viewed_at is not None and form.handling == Handling.VIEW:
        told += f" Read at {form.viewed_at:%H:%M} UTC."
    if form.last_four:
        told += f" {CardBrand(form.brand or CardBrand.OTHER).label} •• {form.last_four}."
    return f"{told} Reference: {receipt}." if receipt else told


def _filled(words: str, form: FormRequest) -> str:
    return words.format(
        agent=form.recipient.user.name,
        organisation=form.recipient.tenant.name,
        minutes=form.unread_s // 60,
        why=REASONS[form.why],
        match=_MATCHES.get(Match(form.outcome)) if form.outcome else "nothing was said of it",
    )
