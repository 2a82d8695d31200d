"""What a new password must not be, beyond Django's own checks."""

import re
from typing import Any, Final

from django.core.exceptions import ValidationError

MIN_DIFFERENT: Final = 6
# A shorter one is refused for its length; saying more would only confuse.
MIN_LENGTH_JUDGED: Final = 12
REPEATED: Final = re.compile(r"(.+?)\1+\Z", re.DOTALL)


class VarietyValidator:
    """Refuses a password that is long only by repeating itself, or that is little more than the service's name."""

    def validate(self, password: str, user: Any = None) -> None:
        folded = password.casefold()
        if len(folded) >= MIN_LENGTH_JUDGED and (len(set(folded)) < MIN_DIFFERENT or REPEATED.match(folded)):
            raise ValidationError("This password repeats itself too much.", code="password_repeats")
        if "hushdesk" in folded and len(folded.replace("hushdesk", "")) < 8:
            raise ValidationError("This password is mostly the name of this service.", code="password_names_us")

    def get_help_text(self) -> str:
        return "Your password must not repeat itself or be the name of this service."
