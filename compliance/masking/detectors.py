"""The detectors, what makes each worth running, and the plan a policy makes of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Protocol

from compliance.masking import (
    credentials,
    keys,
    letters,
    lookalike,
    misspelt,
    segments,
    spaced,
    spelled,
    tables,
    transcript,
)
from compliance.masking.answers import WORD_GATES as ANSWER_GATES
from compliance.masking.answers import AnswerDetector
from compliance.masking.birth import BirthDetector
from compliance.masking.cardapart import CardApartDetector
from compliance.masking.cardbeside import CardBesideDetector
from compliance.masking.cards import CardDetector
from compliance.masking.cardtalk import CardTalkDetector
from compliance.masking.codeplace import CodePlaceDetector, ServerCvvDetector
from compliance.masking.emails import EmailDetector
from compliance.masking.entities import CARD_CLASS
from compliance.masking.expiry import ExpiryDetector
from compliance.masking.findings import Candidate
from compliance.masking.fold import View
from compliance.masking.followups import CardFollowupDetector
from compliance.masking.gate import PatternSet
from compliance.masking.iban import IbanDetector
from compliance.masking.issuers import MIN_DIGITS
from compliance.masking.lexicon import gate
from compliance.masking.logins import GATE as LOGIN_GATE
from compliance.masking.logins import LoginDetector
from compliance.masking.names import NameDetector
from compliance.masking.networks import IpDetector
from compliance.masking.onetime import WORD_GATES, OneTimeDetector
from compliance.masking.passwords import PasswordTalkDetector
from compliance.masking.phones import PhoneDetector
from compliance.masking.pins import PinDetector
from compliance.masking.places import AddressDetector
from compliance.masking.policy import MaskingPolicy
from compliance.masking.rules import RuleDetector, rule_detectors
from compliance.masking.scan import Scan
from compliance.masking.ssn import ServerSsnDetector
from compliance.masking.told import MACHINE_GATE, ToldDetector
from compliance.masking.tracks import TrackDetector


class Detector(Protocol):
    """Finds values of some entities in a view. Must be linear in the text."""

    @property
    def id(self) -> str:
        """Its name in findings."""

    @property
    def entities(self) -> tuple[str, ...]:
        """What it can find."""

    def find(self, scan: Scan) -> Iterable[Candidate]:
        """The candidates in one view."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A detector with its gates: any of them in the text lets it run.

    `words` are looked for in the last messages as well: "what's your social?".
    """

    detector: Detector
    gates: tuple[str, ...]
    words: tuple[str, ...] = ()
    region: str | None = None
    #: Counted apart: a pattern for it would make the gate slow on texts of many digits.
    min_digits: int = 0
    #: Runs in the views with spelled-out digits and look-alike letters too.
    disguised: bool = False

    def warm(self, policy: MaskingPolicy) -> None:
        """Load what the detector loads late: not within a text's deadline."""
        if isinstance(self.detector, RuleDetector | ServerCvvDetector | OneTimeDetector):
            self.detector.warm()
        elif isinstance(self.detector, PhoneDetector):
            self.detector.warm(policy.phone_regions)

    @property
    def is_card_class(self) -> bool:
        return not CARD_CLASS.isdisjoint(self.detector.entities)


_DIGIT: Final = "[0-9]"
_WITHOUT_DIGITS: Final = str.maketrans("", "", "0123456789")
_EMAIL: Final = (
    "@|&#64;|&commat;|[(\\[{<] ?(?:at|a|arroba|arobase) ?[)\\]}>]| (?:at|arroba|arobase|chez|chiocciola|apenstaartje"
    "|klammeraffe|at sign|at the rate) [a-z0-9-]{1,40}[ .(\\[]"
)
_SECRET: Final = (
    rf"{gate('secret')}|{credentials.GATE}|{credentials.PRIVATE_KEY_START.lower()}"
    r"|://[^ /@]{1,64}:[^ /@]{1,128}@|basic [a-z0-9+/=]{16}|-u ?[^ :/]{1,64}:|mysql"
)
_SSN_SHAPE: Final = "[0-9]{3}[^0-9a-z]{1,3}[0-9]{2}[^0-9a-z]{1,3}[0-9]{4}"
_IBAN_SHAPE: Final = "[a-z][ .-]?[a-z][^0-9a-z]{0,3}[0-9][ .-]?[0-9]"
_IP_SHAPE: Final = r"[0-9]{1,3}(?:\.| \. | dot |[ ]?[\[(](?:\.|dot)[\])][ ]?)[0-9]|[0-9a-f]*::?[0-9a-f]*:"
_TRACK_SHAPE: Final = r"\^|[0-9][ ]?[=d][ ]?[0-9]{4}"
_PERSON: Final = (
    "(?:i'?m|i am|name(?:'s| is)?|this is|it's|bin|suis|m'appelle|soy|llamo|sou|chamo|sono|chiamo|ben|nazywam sie"
    "|patient|pt|for|re)[ :][a-z' .:-]+(?:[,(;|/-][ ]{0,2})?[0-9]"
)
_CARD_GIVEN: Final = r"\[card ••••"


@cache
def _entries() -> tuple[Entry, ...]:
    """All detectors, card class first: they must have finished before anything else may fail."""
    codes = gate("cvv", "cvv_world")
    followup_words = (_CARD_GIVEN, codes, gate("expiry"))
    built_in = (
        Entry(TrackDetector(), (_TRACK_SHAPE,)),
        Entry(CardDetector(), (_DIGIT,), min_digits=MIN_DIGITS, disguised=True),
        Entry(ServerCvvDetector(), (), (codes,), disguised=True),
        Entry(PinDetector(), (), (gate("pin"), "atm|cash ?(?:machine|point)"), disguised=True),
        Entry(ToldDetector(), (), (codes, gate("pin"), MACHINE_GATE), disguised=True),
        Entry(ExpiryDetector(), (), (gate("expiry"),)),
        Entry(CardFollowupDetector(), (), followup_words, disguised=True),
        Entry(CardTalkDetector(), (), (_CARD_GIVEN, gate("cvv_hint", "cvv_place")), disguised=True),
        Entry(CodePlaceDetector(), (), (gate("cvv_more"),), disguised=True),
        Entry(CardApartDetector(), (), (gate("card"),), min_digits=MIN_DIGITS, disguised=True),
        Entry(CardBesideDetector(), (), (_CARD_GIVEN,), disguised=True),
        Entry(IbanDetector(), (_IBAN_SHAPE,), disguised=True),
        Entry(ServerSsnDetector(), (_SSN_SHAPE,), (gate("ssn", "itin"),), disguised=True),
        Entry(EmailDetector(), (_EMAIL,)),
        Entry(BirthDetector(), (_PERSON,), (gate("dob", "mrn", "nhs"),), disguised=True),
        Entry(credentials.SecretDetector(), (_SECRET,), (gate("secret"),)),
        Entry(AnswerDetector(), (), ANSWER_GATES),
        Entry(OneTimeDetector(), (), WORD_GATES, disguised=True),
        Entry(PasswordTalkDetector(), (), (gate("secret"),)),
        Entry(LoginDetector(), (LOGIN_GATE,), (gate("secret"),)),
        Entry(PhoneDetector(), (_DIGIT,), min_digits=7, disguised=True),
        Entry(AddressDetector(), (_DIGIT,), disguised=True),
        Entry(IpDetector(), (_IP_SHAPE,)),
        Entry(NameDetector(), ("",)),
    )
    ruled = tuple(Entry(rule, rule.gates, (rule.word_gate,), rule.region, disguised=True) for rule in rule_detectors())
    return tuple(sorted(built_in + ruled, key=lambda entry: not entry.is_card_class))


_ANYTHING: Final = PatternSet((_DIGIT, spelled.GATE, _EMAIL, _SECRET, gate("security_answer"), gate("key_phrase")))


def has_anything(lower: str) -> bool:
    """Whether a folded lower-case text can contain anything to mask, names aside."""
    return bool(_ANYTHING.fired(lower))


@cache
def _word_set() -> PatternSet:
    return PatternSet(source for entry in _entries() for source in entry.words)


@cache
def _shape_set() -> PatternSet:
    """Apart from the words: together they would have many times the states."""
    return PatternSet(gate for entry in _entries() for gate in entry.gates)


ViewMaker = Callable[[View], View | None]

#: Ways to read a text besides as it stands, by what makes each worth making. Words for numbers are a set of
#: their own: beside other patterns they take the gate three times as long.
_VIEWS: Final[tuple[dict[str, ViewMaker], ...]] = (
    {spelled.GATE: spelled.spelled_view},
    {
        lookalike.GATE: lookalike.lookalike_view,
        spaced.GATE: spaced.spaced_view,
        misspelt.GATE: misspelt.misspelt_view,
        transcript.GATE: transcript.transcript_view,
        keys.GATE: keys.keys_view,
        letters.GATE: letters.letters_view,
        tables.GATE: tables.tables_view,
        segments.GATE: segments.segments_view,
    },
)


@cache
def _view_sets() -> tuple[tuple[PatternSet, tuple[ViewMaker, ...]], ...]:
    return tuple((PatternSet(makers), tuple(makers.values())) for makers in _VIEWS)


def views_worth_making(lower: str) -> list[ViewMaker]:
    """What to make other views of a folded lower-case text with."""
    return [makers[number] for patterns, makers in _view_sets() for number in sorted(patterns.fired(lower))]


class Plan:
    """What one policy runs, by gate."""

    def __init__(self, policy: MaskingPolicy) -> None:
        self._words = _word_set()
        self._shapes = _shape_set()
        for patterns in (_ANYTHING, self._words, self._shapes, *(patterns for patterns, _ in _view_sets())):
            patterns.any_in("")
        self.entries = tuple(entry for entry in _entries() if _is_on(entry, policy))
        for entry in self.entries:
            entry.warm(policy)
        self._by_word = _entries_by_source(self._words, [entry.words for entry in self.entries])
        self._by_shape = _entries_by_source(self._shapes, [entry.gates for entry in self.entries])

    def active(self, scan: Scan) -> list[Entry]:
        """The detectors to run."""
        numbers = {number for hit in self._shapes.fired(scan.lower) for number in self._by_shape.get(hit, ())}
        for text in (scan.lower, scan.recent) if scan.recent else (scan.lower,):
            numbers.update(number for hit in self._words.fired(text) for number in self._by_word.get(hit, ()))
        digits = len(scan.lower) - len(scan.lower.translate(_WITHOUT_DIGITS))
        return [self.entries[n] for n in sorted(numbers) if self.entries[n].min_digits <= digits]


def _entries_by_source(patterns: PatternSet, wanted: Sequence[Sequence[str]]) -> dict[int, list[int]]:
    """For each pattern of the set the numbers of the entries that it lets run."""
    index = {source: number for number, source in enumerate(patterns.sources)}
    found: dict[int, list[int]] = {}
    for entry, sources in enumerate(wanted):
        for source in sources:
            found.setdefault(index[source], []).append(entry)
    return found


def _is_on(entry: Entry, policy: MaskingPolicy) -> bool:
    if entry.region is not None and entry.region not in policy.regions:
        return False
    return any(policy.is_on(entity) for entity in entry.detector.entities)


@lru_cache(maxsize=1024)
def plan_for(policy: MaskingPolicy) -> Plan:
    """The plan of a policy, made once."""
    return Plan(policy)
