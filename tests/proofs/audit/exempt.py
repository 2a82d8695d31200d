"""What leaves no entry, and why."""

from typing import Final

#: Tables that hold the state of a browser or a counter, and say nothing about anybody's data.
STATE: Final[dict[str, str]] = {
    "django_session": "a browser's session",
    "tenants_staffsession": "when a session was last active",
    "tenants_seenaddress": "from where a session was active, kept for a day",
    "axes_accessattempt": "counts failed sign-ins",
    "axes_accessattemptexpiration": "as the former",
}
#: Tables whose rows are records by themselves: who, when and what stands in them.
RECORDS: Final[dict[str, str]] = {
    "chat_message": "a message says by whom and when; posting is its own record (architecture, a visitor's message)",
    "chat_conversation": "its counters move with each message",
    "chat_finding": "what was masked in a message, with the message",
    "chat_readmark": "how far somebody has read",
    "chat_availability": "whether somebody takes new chats, with the time",
}
#: Routes that change or show something without an entry, by name and method.
UNTOLD: Final[dict[tuple[str, str], str]] = {}
