"""The demo's mail: kept in Valkey instead of sent, so that links can be followed."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from helpdesk.core import clock, names, valkey

KEY: Final = names.key("demo", None, "mail")
KEPT: Final = 200
LINK: Final = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One mail, as its page shows it."""

    to: str
    subject: str
    at: datetime
    text: str

    @property
    def links(self) -> list[str]:
        """The addresses in it that lead somewhere: those of pages, not that of the site in the last line."""
        return [link for link in LINK.findall(self.text) if link.rstrip("/") != settings.SITE_URL]


class CatcherBackend(BaseEmailBackend):
    """Keeps the newest mails where the page of the demo finds them."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            caught = {
                "to": ", ".join(message.recipients()),
                "subject": str(message.subject),
                "at": clock.now().isoformat(),
                "text": str(message.body),
            }
            with valkey.client().pipeline() as pipe:
                pipe.lpush(KEY, json.dumps(caught)).ltrim(KEY, 0, KEPT - 1).execute()
        return len(email_messages)


def caught_mails() -> list[CaughtMail]:
    """Return what was caught, newest first."""
    rows = map(json.loads, valkey.client().lrange(KEY, 0, -1))
    return [CaughtMail(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in rows]
