"""A chain whose first entries are gone holds if a checkpoint of its own says so, and in no other case."""

import json
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.verifier.entries import DAY, EXPIRED, BrokenError, Entry, Walk, digest, origin

CHAIN = UUID(int=7).bytes
LONG_AGO, NOW = 0, 3000 * DAY


def chained(count, checkpoints=(), *, days=2190, old=None):
    """Return a chain of so many entries, of which the first `old` were sealed long ago; a checkpoint, by the position
    at which it stands, names all up to another.
    """
    prior, made, told = origin(CHAIN), [], dict(checkpoints)
    for position in range(1, count + 1):
        facts = {"count": position}
        if position in told:
            facts = {"position": told[position], "hash": made[told[position] - 1].hash.hex(), "days": days}
        sealed_at = LONG_AGO if position <= (count // 2 if old is None else old) else NOW
        entry = Entry(
            CHAIN, position, sha256(bytes([position])).digest()[:16], sealed_at, sealed_at,
            EXPIRED if position in told else "retention.purged", "system", None, None, "tenants.tenant", None,
            json.dumps(facts), b"",
        )  # fmt: skip
        prior = digest(entry, prior)
        made.append(entry._replace(hash=prior))
    return made


def walked(entries, behind, **known):
    """Go along what is left of a chain behind an entry."""
    walk = Walk(CHAIN, position=behind.position, prior=behind.hash, **known)
    for entry in entries:
        walk.take(entry)
    walk.end()
    return walk


@st.composite
def cut_chains(draw):
    """A chain, where its checkpoints stand and what they name, and where it is cut."""
    count = draw(st.integers(6, 30))
    places = draw(st.lists(st.integers(3, count), min_size=0, max_size=3, unique=True))
    told = {place: draw(st.integers(1, place - 2)) for place in places}
    return chained(count, told.items()), told, draw(st.integers(1, count - 1))


@given(cut_chains())
def test_it_holds_where_a_checkpoint_that_is_left_names_what_went_and_nowhere_else(made):
    entries, told, cut = made

    if any(named == cut and place > cut for place, named in told.items()):
        walk = walked(entries[cut:], entries[cut - 1])
        assert told[walk.told_by] == walk.begin[0] == cut
    else:
        with pytest.raises(BrokenError, match="1: missing, as all up to"):
            walked(entries[cut:], entries[cut - 1])


@given(cut_chains())
def test_a_part_of_a_chain_begins_wherever_it_says(made):
    entries, _, cut = made

    assert walked(entries[cut:], entries[cut - 1], is_part=True).position == len(entries)


def rewritten(entries, at, **facts):
    """Change a checkpoint, and write all behind it anew so that every hash is right again."""
    made, prior = list(entries), entries[at - 2].hash
    made[at - 1] = made[at - 1]._replace(facts=json.dumps(json.loads(made[at - 1].facts) | facts))
    for place in range(at - 1, len(made)):
        prior = digest(made[place], prior)
        made[place] = made[place]._replace(hash=prior)
    return made


def test_a_checkpoint_that_is_forged_or_moved_is_found():
    entries = chained(12, {9: 4}.items())
    assert walked(entries[4:], entries[3]).told_by == 9

    for cut, forged, bad in (
        (4, rewritten(entries, 9, hash="00" * 32), 9),
        (5, rewritten(entries, 9, position=5), 9),
        (4, rewritten(entries, 9, position=5), 1),
        (4, rewritten(entries, 9, days=179), 9),
        (4, rewritten(entries, 9, position=9), 9),
        (4, rewritten(entries, 9, hash="nothing"), 9),
        (4, rewritten(entries, 9, days=None), 9),
        (4, [*entries[:8], *entries[9:]], 9),
        (9, entries, 1),
    ):
        with pytest.raises(BrokenError) as broken:
            walked(forged[cut:], entries[cut - 1])
        assert broken.value.position == bad, forged


def test_a_checkpoint_moved_along_with_the_right_hash_is_held_by_what_was_anchored():
    entries = chained(12, {9: 4}.items())
    forged = rewritten(entries, 9, position=6, hash=entries[5].hash.hex())
    assert walked(forged[6:], entries[5]).told_by == 9

    with pytest.raises(BrokenError, match="another entry was anchored here"):
        walked(forged[6:], entries[5], anchored={10: entries[9].hash})


@pytest.mark.parametrize(("head", "days_ago", "is_found"), [
    (3, 2000, True), (3, 2188, True), (3, 2190, False), (3, 2500, False), (4, 2000, False), (5, 0, False),
])  # fmt: skip
def test_what_was_let_go_too_early_is_found_by_when_it_was_anchored(head, days_ago, is_found):
    """An anchor in whose time the chain had come to entry `head` only: entry 4 is younger than it."""
    entries = chained(12, {9: 4}.items())
    seen = {1: LONG_AGO, head: NOW - days_ago * DAY}

    if is_found:
        with pytest.raises(BrokenError, match="9: it lets go what was not 2190 days old"):
            walked(entries[4:], entries[3], seen=seen)
    else:
        assert walked(entries[4:], entries[3], seen=seen).told_by == 9
