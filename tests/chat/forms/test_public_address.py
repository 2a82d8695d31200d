"""Where an organisation's own system may be: nowhere that only we can reach, whatever its name says and when."""

import ipaddress
import socket
import ssl
import time

import pytest
from django.conf import settings

from chat.secure_forms import outbound, public_address
from chat.secure_forms.endpoint_call import Answer, Signer, answer_of, call
from chat.secure_forms.outbound import NotReachedError, NotTakenError
from chat.secure_forms.public_address import BadAddressError, PublicAddress, is_public
from helpdesk.core.ids import uuid7
from helpdesk.env import BadSettingError, env_bool_here
from tests.support.form_endpoints import Odd, serving

SIGNER = Signer(bytes(32))
BAD = [
    "", "http://forms.example.com/", "ftp://forms.example.com/", "//forms.example.com/", "https://", "https:///forms",
    "https://user@forms.example.com/", "https://user:word@forms.example.com/", "https://forms.example.com/#part",
    "https://forms.example.com\\@evil.example/", "https://forms.example.com /", "https://forms.example.com/\n",
    "https://localhost/", "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f.0x1/",
    "https://017700000001/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://10.0.0.1/", "https://172.16.0.1/",
    "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/", "https://[fe80::1]/", "https://[fd00:ec2::254]/",
    "https://100.64.0.1/", "https://0.0.0.0/", "https://224.0.0.1/", "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:a9fe:a9fe::]/", "https://forms.example.com:22/", "https://forms.example.com:99999/",
    "https://intranet/", "https://förms.example/", "https://forms.example.com/" + "a" * 400,
]  # fmt: skip
PRIVATE = ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "100.100.100.200", "::1", "fe80::1",
           "fd00:ec2::254", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::",
           "::127.0.0.1", "0.0.0.0",
           "255.255.255.255", "192.0.2.1", "198.18.0.1", "224.0.0.1", "ff02::1"]  # fmt: skip


@pytest.mark.parametrize("address", BAD)
def test_an_address_that_is_not_public_or_is_two_things_at_once_is_none(address):
    with pytest.raises(BadAddressError):
        PublicAddress.of(address)


@pytest.mark.parametrize(
    "address", ["https://forms.example.com/a?b=c", "https://forms.example.com:8443", "https://[2606:4700::1111]/"]
)
def test_a_public_one_is(address):
    assert PublicAddress.of(address).is_secure


def test_addresses_that_carry_others_in_them_are_not_public():
    assert [one for one in PRIVATE if is_public(ipaddress.ip_address(one))] == []
    assert is_public(ipaddress.ip_address("93.184.215.14"))


def leading_to(monkeypatch, *answers):
    """Let a name lead to what is told, look-up by look-up; return what is dialled."""
    dialled, left = [], list(answers)

    def look_up(host, port, **_):
        now = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in now]

    def dial(to, **_):
        dialled.append(to[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(public_address.socket, "getaddrinfo", look_up)
    monkeypatch.setattr(public_address.socket, "create_connection", dial)
    return dialled


def tried(address="https://forms.example.com/"):
    with pytest.raises((NotReachedError, NotTakenError)) as told:
        call(address, b"{}", signer=SIGNER, message=uuid7(), now=_now())
    return told.value.why


def _now():
    from helpdesk.core import clock

    return clock.now()


@pytest.mark.parametrize(
    "found", [["169.254.169.254"], ["10.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["::ffff:127.0.0.1"]]
)
def test_a_name_that_leads_inside_is_not_dialled_nor_its_other_addresses(monkeypatch, found):
    dialled = leading_to(monkeypatch, found)

    assert (tried(), dialled) == ("not_public", [])


def test_the_address_that_was_looked_at_is_the_one_that_is_dialled_whatever_the_name_says_next(monkeypatch):
    dialled = leading_to(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])

    assert (tried(), dialled) == ("silent", ["93.184.215.14"])
    assert (tried(), dialled) == ("not_public", ["93.184.215.14"])


def test_a_name_that_leads_nowhere_may_be_tried_again(monkeypatch):
    def nowhere(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(public_address.socket, "getaddrinfo", nowhere)

    assert tried() == "unknown_host"


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setattr(settings, "FORM_RECEIVERS_HERE", True)


def test_this_machine_is_reached_by_the_demo_and_tests_alone():
    with pytest.raises(BadAddressError):
        PublicAddress.of("http://127.0.0.1:9000/")


@pytest.mark.parametrize("host", ["app.hushdesk.example", "localhost.example", "notlocalhost", ""])
def test_a_service_that_others_reach_does_not_start_with_receivers_on_this_machine(monkeypatch, host):
    monkeypatch.setenv("FORM_RECEIVERS_HERE", "true")

    with pytest.raises(BadSettingError):
        env_bool_here("FORM_RECEIVERS_HERE", host=host)
    assert env_bool_here("FORM_RECEIVERS_HERE", host="app.localhost")
    monkeypatch.setenv("FORM_RECEIVERS_HERE", "false")
    assert not env_bool_here("FORM_RECEIVERS_HERE", host=host)


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (Odd(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"}), "redirect"),
        (Odd(status=400), "refused"), (Odd(status=401), "refused"), (Odd(status=410), "refused"),
        (Odd(status=408), "busy"), (Odd(status=429), "busy"), (Odd(status=500), "busy"), (Odd(status=503), "busy"),
    ],
)  # fmt: skip
def test_what_it_answers_decides_whether_it_is_tried_again_and_it_leads_nowhere(here, odd, why):
    with serving(odd.server()) as address:
        assert tried(address) == why
    assert len(odd.got) == 1


@pytest.mark.parametrize("odd", [Odd(drips=True), Odd(drips_body=True)])
def test_one_that_drips_its_answer_is_cut_off(here, monkeypatch, odd):
    monkeypatch.setattr(outbound, "CALL_S", 0.15)
    with serving(odd.server()) as address:
        began = time.monotonic()
        assert tried(address) == "silent"
        assert 0.1 < time.monotonic() - began < 2


def test_of_a_huge_answer_no_more_is_read_than_may_be_said(here):
    odd = Odd(body=b'{"receipt": "R-1", "more": "' + b"x" * 10_000_000 + b'"}')
    with serving(odd.server()) as address:
        assert call(address, b"{}", signer=SIGNER, message=uuid7(), now=_now()) == Answer()


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        (b'{"receipt": "R-1", "brand": "visa", "last_four": "1111"}', Answer(True, "R-1", "visa", "1111")),
        (b'{"status": "declined"}', Answer(False)),
        (b'{"outcome": "match"}', Answer(match="match")),
        (b'{"outcome": "perhaps", "brand": "acme", "receipt": "' + b"9" * 41 + b'"}', Answer()),
        (b'{"receipt": ["R-1"], "brand": 4, "last_four": 1111, "outcome": true}', Answer()),
        (b'{"receipt": "Dear agent, call \\u2026", "last_four": "111\\u0661"}', Answer()),
        (b"", Answer()), (b"ok", Answer()), (b"[1]", Answer()), (b"[" * 4000, Answer()),
    ],
)  # fmt: skip
def test_it_may_say_a_reference_a_brand_four_digits_and_one_word_and_nothing_else(told, heard):
    assert answer_of(told) == heard


def test_a_certificate_that_nobody_vouches_for_is_not_trusted():
    context = public_address.tls()

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
