import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core import aead

KEY = bytes(range(32))


@given(plaintext=st.binary(max_size=4096), aad=st.binary(max_size=64))
def test_sealing_then_opening_gives_the_bytes_back(plaintext, aad):
    cipher = aead.Cipher(KEY, 7)

    envelope = cipher.seal(plaintext, aad)

    assert cipher.open(envelope, aad) == plaintext
    assert len(envelope) == len(plaintext) + aead.OVERHEAD_BYTES == len(plaintext) + 33
    assert aead.key_version(envelope) == 7


@given(position=st.integers(min_value=0, max_value=44), bit=st.integers(min_value=0, max_value=7))
def test_a_flipped_bit_anywhere_is_noticed(position, bit):
    cipher = aead.Cipher(KEY, 1)
    envelope = bytearray(cipher.seal(b"twelve bytes", b"here"))

    envelope[position] ^= 1 << bit

    with pytest.raises(aead.UnreadableEnvelopeError):
        cipher.open(bytes(envelope), b"here")


@pytest.mark.parametrize("length", [0, 1, 5, 32])
def test_a_truncated_envelope_does_not_open(length):
    envelope = aead.Cipher(KEY, 1).seal(b"", b"")

    with pytest.raises(aead.UnreadableEnvelopeError):
        aead.Cipher(KEY, 1).open(envelope[:length], b"")


def test_an_envelope_opens_neither_elsewhere_nor_with_another_key_nor_as_another_version():
    envelope = aead.Cipher(KEY, 1).seal(b"text", b"row 1")

    for cipher, aad in [
        (aead.Cipher(KEY, 1), b"row 2"),
        (aead.Cipher(bytes(32), 1), b"row 1"),
        (aead.Cipher(KEY, 2), b"row 1"),
    ]:
        with pytest.raises(aead.UnreadableEnvelopeError):
            cipher.open(envelope, aad)


def test_the_same_text_never_gives_the_same_envelope():
    cipher = aead.Cipher(KEY, 1)

    assert len({cipher.seal(b"again", b"") for _ in range(100)}) == 100


def test_a_child_process_never_seals_with_a_nonce_of_its_parent():
    cipher = aead.Cipher(KEY, 1)
    cipher.seal(b"the first fetches nonces for the next", b"")
    mine, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(theirs, b"".join(nonce_of(cipher.seal(b"", b"")) for _ in range(200)))
        os._exit(0)
    os.waitpid(child, 0)
    drawn = os.read(mine, 200 * aead.NONCE_BYTES)
    of_the_child = {drawn[start : start + aead.NONCE_BYTES] for start in range(0, len(drawn), aead.NONCE_BYTES)}

    assert len(of_the_child) == 200
    assert not of_the_child & {nonce_of(cipher.seal(b"", b"")) for _ in range(300)}


def test_threads_never_share_a_nonce():
    cipher = aead.Cipher(KEY, 1)
    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(lambda _: [nonce_of(cipher.seal(b"", b"")) for _ in range(2_000)], range(8)))

    assert len({nonce for nonces in sealed for nonce in nonces}) == 16_000


def nonce_of(envelope: bytes) -> bytes:
    return envelope[aead.HEADER_BYTES : aead.HEADER_BYTES + aead.NONCE_BYTES]


def test_a_key_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        aead.Cipher(b"short", 1)
