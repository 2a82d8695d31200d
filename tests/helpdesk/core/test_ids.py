import time

from helpdesk.core.ids import ALPHABET, reference, uuid7


def test_a_uuid7_has_version_and_variant_and_the_time_in_front():
    before = time.time_ns() // 1_000_000
    identifier = uuid7()
    after = time.time_ns() // 1_000_000

    assert identifier.version == 7
    assert identifier.variant == "specified in RFC 4122"
    assert before <= identifier.int >> 80 <= after


def test_later_ids_sort_after_earlier_ones():
    first = uuid7()
    time.sleep(0.002)

    assert first < uuid7()


def test_a_reference_is_short_and_has_no_misread_letters():
    names = {reference(uuid7()) for _ in range(1000)}

    assert len(names) == 1000
    assert all(len(name) == 9 and name[4] == "-" and set(name) <= set(ALPHABET + "-") for name in names)
    assert not set("ILOU") & set(ALPHABET)
