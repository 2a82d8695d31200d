"""What leaves no entry, and why."""

from typing import Final

#: Tables that hold the state of a browser or a counter, and say nothing about anybody's data.
STATE: Final[dict[str, str]] = {
    "django_session": "a browser's session",
    "tenants_staffsession": "when a session was last active",
    "tenants_seenaddress": "from where a session was active, kept for a day",
    "axes_accessattempt": "counts failed sign-ins",
    "axes_accessattemptexpiration": "as the former",
    "chat_visitorsession": "a visitor's browser: until when it is let in, and where its page was",
    "chat_availability": "whether somebody takes new chats, with the time",
    "chat_mailedlink": "tries at a link that a visitor was mailed, and that they have opened it",
}
_FACTOR: Final = "a factor that is not confirmed opens nothing; that it was confirmed is an entry"
_DRAFT: Final = "a draft that nobody is shown; that it was published is an entry"
#: Routes that change or show something without an entry, by name and method.
UNTOLD: Final[dict[tuple[str, str], str]] = {
    ("sign_up", "POST"): "there is no organisation yet in whose trail it could stand",
    ("add_app", "GET"): _FACTOR,
    ("add_app", "POST"): _FACTOR,
    ("proof_app", "POST"): _FACTOR,
    ("proof_begin_passkey", "POST"): _FACTOR,
    ("notice", "POST"): _DRAFT,
    ("notice_drop", "POST"): _DRAFT,
    ("widget_frames", "POST"): "a conversation says by itself who began it, and when",
    ("widget_files", "POST"): "the message that carries a file says by itself who sent it, and when",
    ("files", "POST"): "as the former; that it was refused, removed or handed over is an entry",
    ("messages", "POST"): "a message says by itself who wrote it, and when",
    ("proof_close", "POST"): "a visitor puts away a card on their own screen; the proof and its end are entries",
    ("mail", "GET"): "the demo's letter box; a deployment has none (helpdesk.E001)",
}
