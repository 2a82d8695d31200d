"""A file sealed in chunks: whole or not at all, in its place or nowhere."""

import os
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core import stream
from helpdesk.core.stream import CHUNK_BYTES, HEADER_BYTES, TAG_BYTES, UnreadableFileError, open_file, seal_file

KEY, PLACE = bytes(range(32)), b"here"
SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES


def sealed(content, key=KEY, place=PLACE):
    return b"".join(seal_file(key, [content], place))


def opened(envelope, key=KEY, place=PLACE):
    return b"".join(open_file(key, [envelope], place))


def chunks(envelope):
    """The header, and the chunks after it."""
    header, rest = envelope[:HEADER_BYTES], envelope[HEADER_BYTES:]
    return header, [rest[start : start + SEALED_CHUNK] for start in range(0, len(rest), SEALED_CHUNK)]


THREE = os.urandom(2 * CHUNK_BYTES + 100)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES])
def test_what_was_sealed_opens_again(size):
    content = os.urandom(size)

    assert opened(sealed(content)) == content


@given(cuts=st.lists(st.integers(0, len(THREE)), max_size=8))
def test_it_does_not_matter_in_which_pieces_it_comes(cuts):
    borders = [0, *sorted(cuts), len(THREE)]
    pieces = [THREE[a:b] for a, b in pairwise(borders)]
    envelope = b"".join(seal_file(KEY, pieces, PLACE))
    parts = [envelope[a:b] for a, b in zip(borders, [*borders[1:], len(envelope)], strict=False)]

    assert b"".join(open_file(KEY, parts, PLACE)) == THREE


def test_one_that_is_cut_off_anywhere_does_not_open():
    header, each = chunks(sealed(THREE))

    for kept in range(len(each)):
        with pytest.raises(UnreadableFileError):
            opened(header + b"".join(each[:kept]))
    for short in (1, TAG_BYTES, HEADER_BYTES, 200):
        with pytest.raises(UnreadableFileError):
            opened(sealed(THREE)[:-short])
    with pytest.raises(UnreadableFileError):
        opened(header[:-1])


def test_chunks_that_change_places_do_not_open():
    header, (first, second, last) = chunks(sealed(THREE))

    for moved in ((second, first, last), (first, first, last), (first, last), (first, second, second, last)):
        with pytest.raises(UnreadableFileError):
            opened(header + b"".join(moved))


def test_a_chunk_of_another_file_under_the_same_key_does_not_open():
    header, (first, _, last) = chunks(sealed(THREE))
    _, (_, other, _) = chunks(sealed(THREE))

    with pytest.raises(UnreadableFileError):
        opened(header + first + other + last)


def test_what_is_put_on_behind_does_not_open():
    header, each = chunks(sealed(bytes(CHUNK_BYTES)))

    for added in (b"x", each[0], bytes(TAG_BYTES)):
        with pytest.raises(UnreadableFileError):
            opened(header + b"".join(each) + added)


def test_neither_another_key_nor_another_place_opens_it():
    envelope = sealed(b"Hello")

    for key, place in ((bytes(32), PLACE), (KEY, b"there")):
        with pytest.raises(UnreadableFileError):
            opened(envelope, key, place)


def test_every_bit_counts():
    envelope = bytearray(sealed(b"Hello"))

    for index in range(len(envelope)):
        envelope[index] ^= 1
        with pytest.raises(UnreadableFileError):
            opened(bytes(envelope))
        envelope[index] ^= 1


def test_no_nonce_comes_twice_in_a_file():
    header = sealed(b"")[:HEADER_BYTES]

    nonces = {stream._nonce(header, number, is_last=is_last) for number in range(100) for is_last in (True, False)}

    assert len(nonces) == 200
    assert {len(nonce) for nonce in nonces} == {12}
