"""The hours of an organisation as they are in force. Call it inside its scope."""

import logging
from datetime import datetime, timedelta

from chat.hours import BadHoursError, Hours
from chat.models import BusinessHours, ClosedDay

logger = logging.getLogger(__name__)


def in_force(*, now: datetime) -> Hours | None:
    """Return the hours; None where there are none, so that who is there counts alone."""
    row = BusinessHours.objects.filter(is_on=True).first()
    if row is None:
        return None
    # The day before may still be today in the organisation's zone.
    coming = ClosedDay.objects.filter(day__gte=now.date() - timedelta(days=3)).values_list("day", flat=True)
    try:
        return Hours.of(row.zone, row.week, coming)
    except BadHoursError as error:
        # A zone that this machine does not know, or not any more: who is there is known all the same.
        logger.error("hours not read", extra={"reason": error.reason})
        return None
