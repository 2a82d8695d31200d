"""What comes in is masked by one function: addresses, file names, typed fields and names that are kept readable."""

import pytest

from compliance import surfaces
from compliance.ingest import ingest, ingest_address, ingest_file_name, refuse_sensitive
from compliance.masking import Level, MaskingPolicy
from compliance.rule_sets import RuleSetInForce
from tenants.forms.organisations import InvitationForm, OrganisationForm
from tenants.text_checks import HoldsSensitiveDataError, NotCheckedError, check_readable

DEFAULT = RuleSetInForce(1, MaskingPolicy.named("default"))
HIPAA = RuleSetInForce(1, MaskingPolicy.named("hipaa"))


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://shop.example/cart/lamp", "https://shop.example/cart/lamp"),
        ("https://shop.example/cart?card=4111111111111111#4111111111111111", "https://shop.example/cart"),
        ("https://vera:4111111111111111@shop.example/", "https://shop.example/"),
        ("https://shop.example/pay/4111111111111111/done", "https://shop.example/pay/[card •••• 1111]/done"),
        ("https://shop.example/pay/4111%201111%201111%201111", "https://shop.example/pay/[card •••• 1111]"),
        ("https://shop.example/4111/1111/1111/1111/", "https://shop.example/…"),
        ("https://4111111111111111.example/", ""),
        ("https://shop.example:8443/a", "https://shop.example:8443/a"),
        ("javascript:alert(4111111111111111)", ""),
        ("https://[::1", ""),
        ("https://shop.example:port/", ""),
        ("", ""),
    ],
)
def test_an_address_is_kept_without_its_query_and_without_numbers_that_matter(address, kept):
    masked = ingest_address(address, surface=surfaces.PAGE, rule_set=DEFAULT)

    assert masked.text == kept
    assert "4111111" not in masked.text


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("holiday.jpg", "holiday.jpg"),
        ("card_4111_1111_1111_1111.png", "card [card •••• 1111].png"),
        ("4111111111111111.pdf", "[card •••• 1111].pdf"),
        ("C:\\Users\\vera\\scan.pdf", "scan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("4111-1111-1111-1111", "[card •••• 1111]"),
    ],
)
def test_the_name_of_a_file_is_masked_and_has_no_folders(name, kept):
    assert ingest_file_name(name, rule_set=DEFAULT).text == kept


def test_a_text_is_cut_behind_the_mask():
    kept = ingest("about " + "x" * 20 + " 4111 1111 1111 1111", surface=surfaces.SUBJECT, rule_set=DEFAULT, most=35)

    assert kept.text == "about " + "x" * 20 + " [card ••"
    assert ingest_file_name("a" * 245 + " 4111111111111111.pdf", rule_set=DEFAULT).text.endswith("a [card •••")


def test_a_typed_field_keeps_what_it_is_for_and_never_a_card():
    kept = ingest("vera@mail.example", surface=surfaces.CONTACT_FIELD, rule_set=HIPAA)
    card = ingest("4111 1111 1111 1111", surface=surfaces.CONTACT_FIELD, rule_set=HIPAA)

    assert (kept.text, card.text) == ("vera@mail.example", "[card •••• 1111]")
    assert ingest("vera@mail.example", surface=surfaces.PRE_CHAT_ANSWER, rule_set=HIPAA).text == "[email]"


def test_an_operators_reason_is_masked_by_every_rule_whatever_was_chosen():
    loose = RuleSetInForce(1, MaskingPolicy.named("default").with_levels(SSN=Level.OFF))

    assert ingest("for vera@mail.example", surface=surfaces.REASON, rule_set=loose).text == "for [email]"


@pytest.mark.parametrize("text", ["4111 1111 1111 1111", "Vera 4111111111111111", "my ssn is 536-22-8726"])
def test_a_name_that_is_kept_readable_may_hold_no_number_that_matters(text):
    with pytest.raises(HoldsSensitiveDataError):
        refuse_sensitive(text)
    with pytest.raises(HoldsSensitiveDataError):
        check_readable(text)


def test_usual_names_pass():
    for text in (
        "Vera",
        "Acme Outdoor GmbH & Co. KG",
        "Jean-Luc O'Neill",
        "24-7 Plumbing",
        "acme-2",
        "https://a.example",
    ):
        check_readable(text)


def test_a_form_says_why_a_name_is_refused_and_keeps_what_was_typed():
    form = InvitationForm({"email": "4111111111111111@mail.example", "role": "agent"})

    assert not form.is_valid()
    assert "card number" in str(form.errors["email"])
    assert "4111111111111111" in str(form["email"])


@pytest.mark.django_db
def test_a_form_says_so_when_nobody_could_look(monkeypatch):
    def broken(*_):
        raise ValueError("4111111111111111")

    monkeypatch.setattr("compliance.ingest.mask", broken)
    form = OrganisationForm({"name": "Acme", "slug": "acme", "region": "eu"})

    assert "try again in a moment" in str(form.errors["name"])
    with pytest.raises(NotCheckedError) as caught:
        check_readable("4111111111111111")
    assert caught.value.__suppress_context__
