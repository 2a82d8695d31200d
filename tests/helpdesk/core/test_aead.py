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


def test_a_key_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        aead.Cipher(b"short", 1)
