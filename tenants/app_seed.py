"""The seed of an authenticator app as apps read it: a picture, and base32 in groups of four (RFC 6238)."""

import base64
from urllib.parse import quote, urlencode

import segno


def shown_seed(seed: bytes, *, account: str, issuer: str) -> dict[str, str]:
    """Return `qr` (an SVG picture as a data URI), `secret`, `grouped_secret` and `otpauth` (its address)."""
    secret = base64.b32encode(seed).decode().rstrip("=")
    address = f"otpauth://totp/{quote(f'{issuer}:{account}')}?{urlencode({'secret': secret, 'issuer': issuer})}"
    picture = segno.make(address, error="m", micro=False).svg_data_uri(scale=5, border=3, light="#fff")
    grouped = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return {"qr": picture, "secret": secret, "grouped_secret": grouped, "otpauth": address}
