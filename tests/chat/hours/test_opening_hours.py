"""What is open when, across midnight, closed days and changes of the clocks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chat.hours import DAY_MIN, MAX_CLOSED_DAYS, Hours, said
from tests.chat.hours.conftest import ALWAYS, CLOSED, NINE_TO_FIVE

QUARTER = timedelta(minutes=15)
# Mondays: of an ordinary week, and of those in which Berlin's clocks go forward and back.
MONDAY, SPRING, AUTUMN = date(2026, 11, 30), date(2026, 3, 23), date(2026, 10, 19)


def berlin(week, closed=()):
    return Hours.of("Europe/Berlin", week, closed)


def at(day, hour, minute=0, hours=None):
    """A moment of Berlin's clocks."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=(hours or berlin(CLOSED)).zone)


@pytest.mark.parametrize(
    ("day", "hour", "minute", "is_open"),
    [(0, 9, 0, True), (0, 8, 59, False), (0, 16, 59, True), (0, 17, 0, False), (5, 12, 0, False)],
)
def test_it_is_open_from_the_first_minute_of_a_span_until_its_last(day, hour, minute, is_open):
    assert berlin(NINE_TO_FIVE).is_open(at(MONDAY + timedelta(days=day), hour, minute)) is is_open


def test_a_week_without_hours_is_never_open():
    hours = berlin(CLOSED)

    assert (hours.is_open(at(MONDAY, 9)), hours.opens_at(at(MONDAY, 9)), hours.closes_at(at(MONDAY, 9))) == (
        False, None, None,
    )  # fmt: skip


def test_a_week_of_whole_days_never_closes():
    hours = berlin(ALWAYS)

    assert hours.is_open(at(MONDAY, 0))
    assert hours.closes_at(at(MONDAY, 0)) is None
    assert said(hours, at(MONDAY, 0)) == "Open now, around the clock."


def test_a_span_over_midnight_belongs_to_the_day_on_which_it_begins():
    hours = berlin([[[1320, 1560]]] + [[]] * 6)
    tuesday = MONDAY + timedelta(days=1)

    assert hours.is_open(at(MONDAY, 23))
    assert hours.is_open(at(tuesday, 1, 59))
    assert not hours.is_open(at(tuesday, 2))
    assert not hours.is_open(at(MONDAY, 1))


def test_on_a_closed_day_nobody_is_there_not_even_of_the_night_before():
    hours = berlin([[[1320, 1560]], [[540, 1020]]] + [[]] * 5, [MONDAY + timedelta(days=1)])

    assert hours.closes_at(at(MONDAY, 23)) == at(MONDAY + timedelta(days=1), 0)
    assert not hours.is_open(at(MONDAY + timedelta(days=1), 1))
    assert hours.opens_at(at(MONDAY + timedelta(days=1), 9)) == at(MONDAY + timedelta(days=7), 22)


def test_as_many_closed_days_as_there_may_be_are_passed_over():
    hours = berlin(NINE_TO_FIVE, [MONDAY + timedelta(days=each) for each in range(MAX_CLOSED_DAYS)])

    opens = hours.opens_at(at(MONDAY, 9))

    assert opens is not None
    assert opens.astimezone(hours.zone).date() >= MONDAY + timedelta(days=MAX_CLOSED_DAYS)


def test_a_night_in_which_the_clocks_change_is_an_hour_longer_or_shorter():
    night = berlin([[]] * 5 + [[[1320, 1800]]] + [[]])
    lengths = []
    for monday in (MONDAY, SPRING, AUTUMN):
        saturday = at(monday + timedelta(days=5), 22)
        lengths.append((night.closes_at(saturday) - saturday.astimezone(UTC)).total_seconds() / 3600)

    assert lengths == [8, 7, 9]


def test_an_opening_that_the_clocks_skip_is_an_hour_later():
    hours = berlin([[]] * 6 + [[[150, 600]]])
    sunday = SPRING + timedelta(days=6)

    opens = hours.opens_at(at(sunday, 0))

    assert opens.astimezone(hours.zone).strftime("%H:%M") == "03:30"


@pytest.mark.parametrize(
    ("hours", "moment", "words"),
    [
        (berlin(NINE_TO_FIVE), at(MONDAY, 10), "Open now, closes today at 17:00. Opens again tomorrow at 09:00."),
        (berlin(NINE_TO_FIVE), at(MONDAY, 8), "Closed now. Opens today at 09:00."),
        (berlin(NINE_TO_FIVE), at(MONDAY + timedelta(days=4), 18), "Closed now. Opens Monday at 09:00."),
        (
            berlin(NINE_TO_FIVE, [MONDAY + timedelta(days=each) for each in range(8)]), at(MONDAY, 9),
            "Closed now. Opens on Tuesday, 8 December, at 09:00.",
        ),
        (berlin(CLOSED), at(MONDAY, 9), "Closed: there is no day on which you open."),
    ],
)  # fmt: skip
def test_what_is_so_is_said_in_the_organisation_s_own_time(hours, moment, words):
    assert said(hours, moment.astimezone(UTC)) == words


quarters = st.integers(0, DAY_MIN // 15 - 1).map(lambda quarter: quarter * 15)
zones = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
# From a week before each change of clocks until a week after, in the north and the south.
moments = st.sampled_from([datetime(2026, month, 22, tzinfo=UTC) for month in (3, 4, 10, 11)]).flatmap(
    lambda first: st.integers(0, 14 * 96).map(lambda quarter: first + quarter * QUARTER)
)


@st.composite
def weeks(draw):
    """One span a day at most, over midnight now and then; what would overlap is left out."""
    week, last = [], 0
    for day in range(7):
        start, length = draw(quarters), 15 * draw(st.integers(1, 64))
        fits = draw(st.booleans()) and day * DAY_MIN + start >= last and day * DAY_MIN + start + length <= 7 * DAY_MIN
        week.append([[start, start + length]] if fits else [])
        last = day * DAY_MIN + start + length if fits else last
    return week


@given(zone=zones, week=weeks(), moment=moments, closed=st.sets(st.integers(-2, 9), max_size=4))
@hypothesis_settings(max_examples=60)
def test_the_next_opening_is_the_first_moment_at_which_it_is_open(zone, week, moment, closed):
    """Against a clock that is turned by hand: a quarter of an hour at a time, each local day by itself."""
    local = Hours.of(zone, week).zone
    days = frozenset(moment.astimezone(local).date() + timedelta(days=each) for each in closed)
    hours = Hours.of(zone, week, days)

    def begun(day, minute):
        then = datetime(day.year, day.month, day.day, tzinfo=local) + timedelta(minutes=minute)
        return then.astimezone(UTC)

    around = [moment.astimezone(local).date() + timedelta(days=each) for each in range(-3, 22)]
    spans = [
        (begun(day, start), begun(day, end)) for day in around if day not in days for start, end in week[day.weekday()]
    ]

    def is_open(then):
        return then.astimezone(local).date() not in days and any(start <= then < end for start, end in spans)

    assert hours.is_open(moment) == is_open(moment)
    opens = next((then for each in range(18 * 96) if is_open(then := moment + each * QUARTER)), None)
    assert hours.opens_at(moment) == opens
    if opens is not None and (closes := hours.closes_at(opens)) is not None:
        assert is_open(closes - QUARTER)
        assert not is_open(closes)
