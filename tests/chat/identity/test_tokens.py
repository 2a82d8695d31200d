"""A token vouches for somebody only if a key of the organisation signed exactly this, for us, and now."""

import base64
import hashlib
import hmac
import json
import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from chat.identity.tokens import Algorithm, Refusal, TokenRefusedError, VerificationKey, verify
from helpdesk.core import ed25519
from helpdesk.core.public_keys import NotAPublicKeyError, PrivateKeyPastedError, pem_of, public_key_of
from tests.factories.identity import by_secret, claims_of, encoded, token

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
ACME = UUID("01993b0e-0000-7000-8000-00000000ac3e")
SECRET = "hdi_only-the-site-and-we-know-this"
PAIR = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a site").digest())
RAW = PAIR.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
PEM = PAIR.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
OF_ANOTHER_CURVE = (
    ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
KEYS = [
    VerificationKey("shared", Algorithm.HS256, SECRET.encode),
    VerificationKey("pair", Algorithm.EDDSA, lambda: RAW),
    VerificationKey("gone", Algorithm.HS256, None),
]
SHARED = {"alg": "HS256", "typ": "JWT", "kid": "shared"}
OF_PAIR = {"alg": "EdDSA", "kid": "pair"}
sign = by_secret(SECRET)


def said(**changed):
    return claims_of(ACME, NOW, **changed)


def seconds(delta):
    return int((NOW + delta).timestamp())


def look(given, *, now=NOW):
    return verify(given, keys=KEYS, audience=str(ACME), now=now)


def not_in_its_one_form(place):
    """A good token of which a part is written otherwise: the last letter has bits that nothing decodes."""
    filler = ""
    while True:
        parts = token({**SHARED, "x": filler}, said(jti=f"j{filler}", name=filler), sign).split(".")
        if len(parts[place]) % 4:
            break
        filler += "x"
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = letters[letters.index(parts[place][-1]) + 1]
    parts[place] = parts[place][:-1] + last
    if place < 2:
        # Signed as it is written.
        parts[2] = encoded(sign(".".join(parts[:2]).encode()))
    return ".".join(parts)


def refused(given, *, now=NOW):
    with pytest.raises(TokenRefusedError) as caught:
        look(given, now=now)
    return caught.value.refusal, caught.value.claim


@pytest.mark.parametrize(("header", "signer"), [(SHARED, sign), (OF_PAIR, PAIR.sign)])
def test_a_good_token_says_who_it_is_about(header, signer):
    claims = look(token(header, said(jti="j-1"), signer))

    assert (claims.subject, claims.name, claims.email) == ("customer 4711", "Vera Visser", "vera@tents.example")
    assert (claims.kid, claims.jti, claims.issued_at) == (header["kid"], "j-1", NOW)
    assert "4711" not in repr(claims)
    assert "vera" not in repr(claims).lower()


def test_known_answers_of_the_standards():
    """RFC 7515, appendix A.1, and RFC 8037, appendix A.4: the texts are signed, whatever they say."""
    hmac_key = base64.urlsafe_b64decode(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow=="
    )
    of_hmac = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    )
    text, signature = ".".join(of_hmac[:2]).encode(), of_hmac[2]
    assert encoded(hmac.digest(hmac_key, text, hashlib.sha256)) == signature

    jwk = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
    signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    text = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    assert ed25519.is_signed(public_key_of(jwk), text, base64.urlsafe_b64decode(signature + "=="))
    assert not ed25519.is_signed(RAW, text + b".", base64.urlsafe_b64decode(signature + "=="))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        # Signed with nothing, or with what everybody has.
        (token({"alg": "none", "kid": "shared"}, said(), lambda _: b""), Refusal.UNSIGNED),
        (token({"alg": "NoNe", "kid": "shared"}, said(), sign), Refusal.UNSIGNED),
        (token(SHARED, said(), lambda _: b""), Refusal.UNSIGNED),
        (token({"alg": "HS256", "kid": "pair"}, said(), by_secret(PEM.decode())), Refusal.WRONG_ALGORITHM),
        (token({"alg": "HS256", "kid": "pair"}, said(), lambda text: hmac.digest(RAW, text, "sha256")),
         Refusal.WRONG_ALGORITHM),
        (token({"alg": "EdDSA", "kid": "shared"}, said(), PAIR.sign), Refusal.WRONG_ALGORITHM),
        (token({"alg": "HS512", "kid": "shared"}, said(), sign), Refusal.WRONG_ALGORITHM),
        (token({"alg": "hs256", "kid": "shared"}, said(), sign), Refusal.WRONG_ALGORITHM),
        # With a key that is not ours, or not any more.
        (token(SHARED, said(), by_secret(SECRET + "x")), Refusal.BAD_SIGNATURE),
        (token(SHARED, said(), by_secret("")), Refusal.BAD_SIGNATURE),
        (token(OF_PAIR, said(), Ed25519PrivateKey.generate().sign), Refusal.BAD_SIGNATURE),
        (token(OF_PAIR, said(), lambda text: PAIR.sign(text)[:-1]), Refusal.BAD_SIGNATURE),
        (token({**SHARED, "kid": "nobody's"}, said(), sign), Refusal.UNKNOWN_KEY),
        (token({"alg": "HS256"}, said(), sign), Refusal.UNKNOWN_KEY),
        (token({**SHARED, "kid": ["shared"]}, said(), sign), Refusal.UNKNOWN_KEY),
        (token({**SHARED, "kid": "gone"}, said(), sign), Refusal.RETIRED_KEY),
        # For somebody else.
        (token(SHARED, said(aud="01993b0e-0000-7000-8000-0000000061ec"), sign), Refusal.WRONG_AUDIENCE),
        (token(SHARED, said(aud=str(ACME).upper()), sign), Refusal.WRONG_AUDIENCE),
        (token(SHARED, said(aud=[]), sign), Refusal.WRONG_AUDIENCE),
        (token(SHARED, said(aud=[str(ACME), 7]), sign), Refusal.BAD_CLAIM),
        (token(SHARED, said(aud=[str(ACME)] * 6), sign), Refusal.BAD_CLAIM),
        # At another time.
        (token(SHARED, said(iat=seconds(timedelta(hours=-1)), exp=seconds(timedelta(seconds=-31))), sign),
         Refusal.EXPIRED),
        (token(SHARED, said(iat=seconds(timedelta(seconds=31)), exp=seconds(timedelta(minutes=9))), sign),
         Refusal.NOT_YET_VALID),
        (token(SHARED, said(nbf=seconds(timedelta(minutes=5))), sign), Refusal.NOT_YET_VALID),
        (token(SHARED, said(exp=seconds(timedelta(hours=1, seconds=1))), sign), Refusal.TOO_LONG_LIVED),
        (token(SHARED, said(exp=2**70), sign), Refusal.BAD_CLAIM),
        (token(SHARED, said(iat=253402300799, exp=253402300799 + 1), sign), Refusal.BAD_CLAIM),
        (token(SHARED, said(iat=253402300000, exp=253402300799), sign), Refusal.NOT_YET_VALID),
        (token(SHARED, said(exp=seconds(timedelta())), sign), Refusal.BAD_CLAIM),
        (token(SHARED, said(exp=str(seconds(timedelta(minutes=5)))), sign), Refusal.BAD_CLAIM),
        (token(SHARED, said(iat=True), sign), Refusal.BAD_CLAIM),
        (token(SHARED, said(exp=1e308), sign), Refusal.BAD_CLAIM),
        # Without what has to be there.
        *((token(SHARED, said(**{claim: None}), sign), Refusal.MISSING_CLAIM)
          for claim in ("aud", "exp", "iat", "jti", "sub")),
        *((token(SHARED, said(sub=sub), sign), Refusal.BAD_CLAIM)
          for sub in ("", "  ", 4711, ["a"], "a\x00b", "x" * 256)),
        (token(SHARED, said(jti="x" * 129), sign), Refusal.BAD_CLAIM),
        (token(SHARED, said(email={"a": 1}), sign), Refusal.BAD_CLAIM),
        # No token at all.
        *((given, Refusal.MALFORMED) for given in (
            None, 7, b"a.b.c", ["a.b.c"], {}, "", ".", "..", "a.b", "a.b.c.d", "a.b.c.d.e", "{}.{}.{}", "ä.ö.ü",
            token([], said(), sign), token(SHARED, [], sign), token(b"{", said(), sign),
            token(b'{"alg": "HS256", "kid": "gone", "kid": "shared"}', said(), sign),
            token(SHARED, b'{"aud": NaN}', sign), token(SHARED, b"[" * 2000, sign), token(b"[" * 2000, said(), sign),
            token({**SHARED, "alg": 5}, said(), sign), token({"kid": "shared"}, said(), sign),
            token({**SHARED, "crit": ["b64"], "b64": False}, said(), sign), token(SHARED, b"\xff\xfe", sign),
            token({**SHARED, "b64": False}, said(), sign), token({**SHARED, "crit": []}, said(), sign),
            not_in_its_one_form(0), not_in_its_one_form(1), not_in_its_one_form(2),
            token(SHARED, said(), sign) + "=", token(SHARED, said(), sign) + "\n", " " + token(SHARED, said(), sign),
        )),
        ("x" * 4097, Refusal.TOO_LONG),
        ("." * 10_000_000, Refusal.TOO_LONG),
    ],
)  # fmt: skip
def test_what_vouches_for_nobody_is_refused_by_name(given, why):
    assert refused(given)[0] == why


def test_keys_that_come_along_in_the_header_are_not_looked_at():
    own = Ed25519PrivateKey.generate()
    x = encoded(own.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    along = {
        "jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}, "jku": "https://evil.example/keys", "x5u": "https://e.example",
        "x5c": ["x"],
    }  # fmt: skip

    assert refused(token({**OF_PAIR, **along}, said(), own.sign)) == (Refusal.BAD_SIGNATURE, "")
    assert look(token({**OF_PAIR, **along}, said(), PAIR.sign)).kid == "pair"


def test_two_clocks_may_differ_a_little():
    late = token(SHARED, said(iat=seconds(timedelta(minutes=-10)), exp=seconds(timedelta(seconds=-29))), sign)
    early = token(SHARED, said(iat=seconds(timedelta(seconds=29)), exp=seconds(timedelta(hours=1))), sign)

    assert look(late).subject == look(early).subject == "customer 4711"


def test_what_is_wrong_is_told_of_a_signed_token_alone():
    """Who can't sign learns nothing of what would be believed."""
    assert refused(token(SHARED, said(aud="somebody else", exp=5), by_secret("guessed"))) == (Refusal.BAD_SIGNATURE, "")
    assert refused(token(SHARED, said(exp=None), sign)) == (Refusal.MISSING_CLAIM, "exp")


@pytest.mark.parametrize(("key", "kid", "algorithm"), [(SECRET, "shared", "HS256"), (PAIR, "pair", "EdDSA")])
def test_what_a_library_makes_is_taken(key, kid, algorithm):
    made = jwt.encode(said(), key, algorithm, headers={"kid": kid})

    assert look(made).subject == "customer 4711"


def test_a_key_that_is_none_has_signed_nothing():
    keys = [
        VerificationKey("short", Algorithm.HS256, lambda: b"x" * 31),
        VerificationKey("pair", Algorithm.EDDSA, lambda: b"x"),
        VerificationKey("pem", Algorithm.HS256, lambda: PEM),
    ]  # fmt: skip
    given = [
        token({**SHARED, "kid": "short"}, said(), by_secret("x" * 31)), token(OF_PAIR, said(), PAIR.sign),
        token({**SHARED, "kid": "pem"}, said(), by_secret(PEM.decode())),
    ]  # fmt: skip

    for one in given:
        with pytest.raises(TokenRefusedError, match="bad_signature"):
            verify(one, keys=keys, audience=str(ACME), now=NOW)


def test_another_audience_beside_us_is_no_harm():
    assert look(token(SHARED, said(aud=["somebody", str(ACME)]), sign)).subject == "customer 4711"


def test_only_the_key_that_is_meant_is_opened():
    def never():
        raise AssertionError("a secret was opened that nobody asked for")

    keys = [VerificationKey("other", Algorithm.HS256, never), *KEYS]

    assert verify(token(SHARED, said(), sign), keys=keys, audience=str(ACME), now=NOW).kid == "shared"


@given(place=st.integers(0, 2), at=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_no_token_stays_good_with_a_byte_changed(place, at, flip):
    parts = token(SHARED, said(jti="j"), sign).split(".")
    raw = bytearray(base64.urlsafe_b64decode(parts[place] + "=="))
    raw[at % len(raw)] ^= flip
    parts[place] = encoded(bytes(raw))

    refused(".".join(parts))


@given(st.one_of(st.text(), st.binary(), st.none(), st.recursive(st.integers(), st.lists)))
def test_nothing_that_is_no_token_is_more_than_refused(given):
    refused(given)


@given(header=st.binary(max_size=200), payload=st.binary(max_size=200))
def test_garbage_that_is_signed_is_refused_too(header, payload):
    refused(token(header, payload, sign))
    refused(token(SHARED, payload, sign))


def test_public_keys_are_taken_as_pem_and_as_jwk():
    jwk = json.dumps({"kty": "OKP", "crv": "Ed25519", "x": encoded(RAW), "use": "sig", "kid": "mine"})

    assert public_key_of(PEM.decode()) == public_key_of(f"\n {jwk} ") == RAW
    assert public_key_of(pem_of(RAW)) == RAW


@pytest.mark.parametrize(
    "pasted",
    [
        "", "a key", "{", "{}", "[]", '{"kty": "OKP"}', "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        json.dumps({"kty": "OKP", "crv": "X25519", "x": encoded(RAW)}),
        json.dumps({"kty": "OKP", "crv": "Ed25519", "x": encoded(RAW[:31])}),
        json.dumps({"kty": "OKP", "crv": "Ed25519", "x": 7}),
        json.dumps({"kty": "RSA", "n": "x", "e": "AQAB"}),
        OF_ANOTHER_CURVE,
        PEM.decode() + "x" * 2000, "ä" * 100,
    ],
)  # fmt: skip
def test_what_is_no_public_key_is_refused(pasted):
    with pytest.raises(NotAPublicKeyError):
        public_key_of(pasted)


def test_a_private_key_is_known_for_what_it_is():
    jwk = json.dumps({"kty": "OKP", "crv": "Ed25519", "x": encoded(RAW), "d": encoded(os.urandom(32))})

    for pasted in (jwk, "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----"):
        with pytest.raises(PrivateKeyPastedError):
            public_key_of(pasted)
