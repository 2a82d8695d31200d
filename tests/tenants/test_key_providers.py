"""AWS KMS and Vault Transit: what they bind, what they refuse, and how each fault is told apart."""

import socket
import threading
import time

import pytest

from tenants import kms
from tenants.kms import breaker
from tenants.kms.aws import AwsWrapper, encryption_context
from tenants.kms.breaker import Guarded
from tenants.kms.registry import BadReferenceError, check_reference
from tenants.kms.vault import VaultWrapper
from tests.support.providers import ARN, FakeKms, running_vault

KEY, HERE, THERE = b"k" * 32, b"key|acme|content|1", b"key|globex|content|1"


@pytest.fixture
def fake_kms():
    return FakeKms()


@pytest.fixture
def vault():
    with running_vault() as vault:
        yield vault


@pytest.fixture
def aws(fake_kms):
    return AwsWrapper(ARN, fake_kms)


@pytest.fixture
def transit(vault):
    return VaultWrapper(vault.address, vault.token, "transit/hushdesk", timeout_s=0.3)


@pytest.mark.parametrize("provider", ["aws", "transit"])
def test_a_wrapped_key_opens_in_its_own_context_only(provider, request):
    wrapper = request.getfixturevalue(provider)

    wrapped = wrapper.wrap(KEY, HERE)

    assert wrapper.unwrap(wrapped, HERE) == KEY
    assert KEY not in wrapped
    assert wrapper.is_current(wrapped)
    wrapper.health()
    for altered, context in ((wrapped, THERE), (wrapped[:-2] + b"AA", HERE), (b"", HERE), (b"\x01" * 60, HERE)):
        with pytest.raises(kms.KeyProviderError):
            wrapper.unwrap(altered, context)


def test_kms_is_told_tenant_purpose_and_version():
    assert encryption_context(HERE) == {"tenant": "acme", "purpose": "content", "version": "1"}
    assert encryption_context(b"totp|7") == {"kind": "totp", "id": "7"}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("disabled", kms.ProviderRefusedError),
        ("pending deletion", kms.ProviderRefusedError),
        ("denied", kms.ProviderRefusedError),
        ("throttled", kms.ProviderUnreachableError),
        ("slow", kms.ProviderUnreachableError),
    ],
)
def test_each_fault_of_kms_is_a_refusal_or_a_silence(aws, fake_kms, fault, error):
    wrapped = aws.wrap(KEY, HERE)
    fake_kms.fault = fault

    for call in (lambda: aws.unwrap(wrapped, HERE), lambda: aws.wrap(KEY, HERE), aws.health):
        with pytest.raises(error):
            call()


def test_kms_as_moto_plays_it_refuses_another_context(monkeypatch):
    import boto3
    from moto import mock_aws

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("kms", region_name="eu-central-1")
        wrapper = AwsWrapper(client.create_key()["KeyMetadata"]["Arn"], client)
        wrapped = wrapper.wrap(KEY, HERE)

        assert wrapper.unwrap(wrapped, HERE) == KEY
        wrapper.health()
        with pytest.raises(kms.ProviderRefusedError):
            wrapper.unwrap(wrapped, THERE)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("denied", kms.ProviderRefusedError),
        ("sealed", kms.ProviderUnreachableError),
        ("throttled", kms.ProviderUnreachableError),
        ("slow", kms.ProviderUnreachableError),
        ("garbage", kms.WrongAnswerError),
    ],
)
def test_each_fault_of_vault_is_a_refusal_a_silence_or_a_wrong_answer(transit, vault, fault, error):
    wrapped = transit.wrap(KEY, HERE)
    vault.fault = fault

    for call in (lambda: transit.unwrap(wrapped, HERE), lambda: transit.wrap(KEY, HERE), transit.health):
        with pytest.raises(error):
            call()


def test_a_turned_transit_key_still_opens_and_tells_what_is_old(transit, vault):
    wrapped = transit.wrap(KEY, HERE)

    vault.rotate()

    assert not transit.is_current(wrapped)
    assert transit.unwrap(wrapped, HERE) == KEY
    assert transit.is_current(transit.wrap(KEY, HERE))


def test_a_transit_key_that_does_not_derive_is_not_used(transit, vault):
    vault.derived = False

    with pytest.raises(kms.ProviderRefusedError):
        transit.health()


def test_nobody_at_the_address_is_a_silence():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        wrapper = VaultWrapper(f"http://127.0.0.1:{held.getsockname()[1]}", "t", "transit/k", timeout_s=0.2)
        with pytest.raises(kms.ProviderUnreachableError):
            wrapper.unwrap(b"vault:v1:AAAA", HERE)


def test_after_three_silences_nobody_asks_until_the_pause_is_over(aws, fake_kms, monkeypatch):
    now_s = [100.0]
    monkeypatch.setattr(breaker.time, "monotonic", lambda: now_s[0])
    guarded = Guarded(aws, failures=3, pause_s=5)
    wrapped = guarded.wrap(KEY, HERE)
    fake_kms.fault = "throttled"
    for _ in range(3):
        with pytest.raises(kms.ProviderUnreachableError):
            guarded.unwrap(wrapped, HERE)
    asked = len(fake_kms.calls)

    with pytest.raises(kms.ProviderUnreachableError):
        guarded.unwrap(wrapped, HERE)
    assert guarded.is_open
    assert len(fake_kms.calls) == asked

    fake_kms.fault = ""
    now_s[0] += 5.1
    assert guarded.unwrap(wrapped, HERE) == KEY
    assert not guarded.is_open


def test_a_refusal_does_not_open_the_breaker(aws, fake_kms):
    guarded = Guarded(aws, failures=1)
    wrapped = guarded.wrap(KEY, HERE)
    fake_kms.fault = "disabled"

    for _ in range(3):
        with pytest.raises(kms.ProviderRefusedError):
            guarded.unwrap(wrapped, HERE)

    assert not guarded.is_open


def test_while_one_call_tries_again_the_others_are_turned_away():
    class Slow:
        name = "slow"
        asked, answers = threading.Event(), threading.Event()
        fails = True

        def unwrap(self, wrapped, context):
            if self.fails:
                raise kms.ProviderUnreachableError
            self.asked.set()
            self.answers.wait(30)
            return KEY

    slow = Slow()
    guarded = Guarded(slow, failures=1, pause_s=0.05)
    with pytest.raises(kms.ProviderUnreachableError):
        guarded.unwrap(b"", b"")
    slow.fails = False
    time.sleep(0.06)
    first = threading.Thread(target=guarded.unwrap, args=(b"", b""))
    guarded._pause_s = 30
    first.start()
    assert slow.asked.wait(30)

    with pytest.raises(kms.ProviderUnreachableError):
        guarded.unwrap(b"", b"")

    slow.answers.set()
    first.join()
    assert guarded.unwrap(b"", b"") == KEY


@pytest.mark.parametrize(
    ("provider", "reference"),
    [("aws", ARN), ("aws", ARN.replace("key/", "alias/")), ("vault", "transit/acme"), ("vault", "customers/acme/main")],
)
def test_the_name_of_an_own_key_passes(provider, reference):
    check_reference(provider, reference)


@pytest.mark.parametrize(
    ("provider", "reference"),
    [
        ("aws", "https://kms.example/"),
        ("aws", ARN + "\n"),
        ("aws", "arn:aws:kms:evil.example:111122223333:key/1"),
        ("vault", "../sys/raw"),
        ("vault", "transit/../../sys"),
        ("vault", "transit"),
        ("local", "1"),
        ("other", ""),
    ],
)
def test_what_names_no_key_of_the_provider_is_refused(provider, reference):
    with pytest.raises(BadReferenceError):
        check_reference(provider, reference)
