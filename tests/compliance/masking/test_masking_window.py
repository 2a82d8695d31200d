# ruff: noqa: E501  letters that look alike and wide tables are the point
"""Several messages: numbers in parts, answers to questions, codes after a card."""

import pytest

from compliance.masking import Context, MaskingPolicy, Utterance, mask, mask_conversation, mask_window, needs_window

ALL = MaskingPolicy.named("all")


def conversation(*texts):
    """Messages of the visitor; those that begin with "A:" are the agent's."""
    return [Utterance("agent", t[2:]) if t.startswith("A:") else Utterance("visitor", t) for t in texts]


def masked(*texts):
    return [outcome.text for outcome in mask_conversation(conversation(*texts), ALL)]


def test_a_number_in_two_parts_is_masked_in_both():
    assert masked("my card is 4111 1111", "A:go on", "and 1111 1111") == [
        "my card is [card •••• 1111]",
        "go on",
        "and [card •••• 1111]",
    ]


def test_a_number_in_four_parts_with_its_date_and_code_is_masked():
    assert masked("4111", "1111", "1111", "1111 12/27 123") == ["[card •••• 1111]"] * 3 + [
        "[card •••• 1111] [expiry] [cvv]"
    ]


@pytest.mark.parametrize(
    "texts",
    [
        ("2021", "1234", "5678", "9012"),
        ("room 4111", "see 1111 and 1111 at 1111 Main"),
        ("4111 1111", "how long does it take?", "2 days"),
    ],
)
def test_unrelated_numbers_in_a_row_stay(texts):
    assert not any("[card" in text for text in masked(*texts))


def test_parts_of_different_people_do_not_join():
    assert masked("4111 1111", "A:1111 1111") == ["4111 1111", "1111 1111"]


def test_more_than_six_messages_do_not_join():
    assert "[card" not in "".join(masked("41", "11", "11", "11", "11", "11", "1111"))


def test_one_card_in_parts_behind_another_leaves_no_part_readable():
    shown = masked("4111", "1111", "1111", "1111", "that was it", "4000", "0000", "0039", "5956", "that too")

    assert not any(char.isdigit() for text in shown for char in text.replace("1111]", "").replace("5956]", ""))


def test_the_window_gives_the_earlier_messages_to_mask_again():
    context = Context("visitor", conversation("4111 1111", "hold on"))

    outcome = mask_window("1111 1111", ALL, context)

    assert outcome.new.text == "[card •••• 1111]"
    assert {index: text.text for index, text in outcome.earlier.items()} == {0: "[card •••• 1111]"}


@pytest.mark.parametrize(("text", "joins"), [
    ("1111 1111", True), ("and then 1111", True), ("one one one one", True), ("Hello there", False), ("I have 3 cats at home", False),
    ("hunter2", True), ("it's Sunflower", True), ("@example.com", True), ("yes its 5359 but it says invalid", True),
    ("Thanks!", False), ("What about tomorrow?", False), ("Order 20418 has not come", False), ("It was 49.90 with shipping", False),
])  # fmt: skip
def test_only_texts_of_digits_and_lone_words_need_the_window(text, joins):
    assert needs_window(text) is joins


@pytest.mark.parametrize(
    ("question", "answer", "shown"),
    [
        ("What's your social?", "536904399", "[ssn]"),
        ("And the CVV?", "377", "[cvv]"),
        ("Your PIN?", "it's 4821", "[pin]"),
        ("Expiry date?", "03/29", "[expiry]"),
        ("Date of birth?", "14/03/87", "[date of birth]"),
        ("passport number please", "K1234567", "[passport]"),
        ("What's your order number?", "536904399", "536904399"),
        ("Last four digits of the card?", "6467", "6467"),
    ],
)
def test_an_answer_is_understood_by_its_question(question, answer, shown):
    assert shown in masked("A:" + question, answer)[1]


def test_a_code_in_the_message_after_a_card_is_masked_unless_another_number_was_asked_for():
    assert masked("4111 1111 1111 1111", "377") == ["[card •••• 1111]", "[cvv]"]
    assert masked("4111 1111 1111 1111", "A:and your house number?", "377")[2] == "377"


def test_the_context_may_hold_stored_texts():
    context = Context("visitor", [Utterance("visitor", "[card •••• 1111]")])

    assert mask("123", ALL, context).text == "[cvv]"
