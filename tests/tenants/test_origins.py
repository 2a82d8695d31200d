"""Sites on which a widget may run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.actions.origins import add_origin, remove_origin
from tenants.models import AllowedOrigin
from tenants.origins import BadOriginError, normal_origin
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.factories.tenants import owner_of


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://www.example.com", "https://www.example.com"),
        (" HTTPS://WWW.Example.com:443/shop?x=1#y ", "https://www.example.com"),
        ("www.example.com", "https://www.example.com"),
        ("https://example.com:8443", "https://example.com:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://shop.localhost:8000/", "http://shop.localhost:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://example.com.", "https://example.com"),
    ],
)
def test_an_address_is_cut_to_its_origin(typed, origin):
    assert normal_origin(typed) == origin


@pytest.mark.parametrize(
    "typed",
    [
        "", "https://", "http://www.example.com", "ftp://example.com", "javascript:alert(1)", "https://*.example.com",
        "https://user:pass@example.com", "https://192.0.2.1", "https://[::1]", "https://example", "https://-a.example",
        "https://exa mple.com", "https://example.com:99999", "https://example.com;script-src *", "null", "file:///x",
        "https://example.com\n.evil.example", "https://a..example", "data:text/html,x", f"https://{'a' * 64}.example",
        "https://" + ".".join(["a" * 60] * 5),
    ],
)  # fmt: skip
def test_what_is_no_site_or_not_safe_is_refused(typed):
    with pytest.raises(BadOriginError):
        normal_origin(typed)


@given(st.text(max_size=300))
def test_any_text_is_an_origin_in_its_one_form_or_refused(text):
    try:
        origin = normal_origin(text)
    except BadOriginError:
        return
    assert normal_origin(origin) == origin
    assert not set(origin) & set(" ;,'\"*\n")


def test_allowing_a_site_twice_is_one_site(acme, olive, now):
    with tenant_scope(acme):
        first = add_origin(origin="https://www.example.com", actor=olive, now=now)
        again = add_origin(origin="https://www.example.com", actor=olive, now=now)

    assert first == again


def test_an_agent_may_not_allow_a_site(acme, ada, now):
    with tenant_scope(acme), pytest.raises(NotPermittedError):
        add_origin(origin="https://www.example.com", actor=ada, now=now)


def test_a_site_of_another_organisation_is_not_removed(acme, olive, globex, now):
    with tenant_scope(acme):
        allowed = add_origin(origin="https://www.example.com", actor=olive, now=now)
    stranger = owner_of(globex)

    with tenant_scope(globex):
        remove_origin(origin_id=allowed.id, actor=stranger, now=now)

    with tenant_scope(acme):
        assert AllowedOrigin.objects.filter(id=allowed.id).exists()
