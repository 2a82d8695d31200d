"""Whether this machine's clock can be trusted with what can't be taken back: that a time of grace is over.

Who began it wrote down the time by a clock of another machine. A worker that is hours ahead would destroy a key that
others still seal with, or close an organisation that may still stop it. The database's clock is the same for all.
"""

import logging
from datetime import timedelta
from typing import Final

from django.db import connections

from helpdesk.core import clock
from tenants.keyring.scope import ALIAS

logger = logging.getLogger(__name__)

# `rotation.GRACE` waits this much longer than keys are kept.
MAX_SKEW: Final = timedelta(seconds=30)


def clock_is_right() -> bool:
    """Whether this clock and that of the keys database agree; if not, the log says so and nothing may be destroyed."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        skew = clock.now() - cursor.fetchone()[0]
    if abs(skew) <= MAX_SKEW:
        return True
    logger.error("this clock differs from the database's; no key is destroyed", extra={"skew_s": skew.total_seconds()})
    return False
