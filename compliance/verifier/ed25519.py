"""Ed25519 (RFC 8032, sections 5.1 and 6), to verify alone: nothing secret is handled, so time may tell."""

from hashlib import sha512
from typing import Final

_P: Final = 2**255 - 19
_L: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, _P) % _P
_Point = tuple[int, int, int, int]


def _add(a: _Point, b: _Point) -> _Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    g, h = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times_point(number: int, point: _Point) -> _Point:
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = _add(result, point)
        point, number = _add(point, point), number >> 1
    return result


def _point(encoded: bytes) -> _Point | None:
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if y >= _P or (x * x - square) % _P or (not x and sign):
        return None
    x = x if x & 1 == sign else _P - x
    return x, y, 1, x * y % _P


_BASE: Final = _point(bytes.fromhex("5866666666666666666666666666666666666666666666666666666666666666"))


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key of 32 public bytes has made a signature of 64 bytes."""
    if len(public) != 32 or len(signature) != 64 or _BASE is None:
        return False
    key, first, number = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or first is None or number >= _L:
        return False
    challenge = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % _L
    left, right = _times_point(number, _BASE), _add(first, _times_point(challenge, key))
    return not ((left[0] * right[2] - right[0] * left[2]) % _P or (left[1] * right[2] - right[1] * left[2]) % _P)
