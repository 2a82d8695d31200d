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
#: Routes that change or show something without an entry, by name and method.
UNTOLD: Final[dict[tuple[str, str], str]] = {}
