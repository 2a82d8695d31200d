"""Passwords and keys: tokens known by their beginning, and what follows a word for a password."""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.fold import BARRIER
from compliance.masking.lexicon import rulebook, words
from compliance.masking.replies import secret_reply
from compliance.masking.scan import Scan

#: Shapes of issued keys and tokens, in RE2's language too. Case matters.
KNOWN: Final = (
    r"(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}"
    r"|(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,}"
    r"|sk-(?:proj-|ant-|svcacct-)?[A-Za-z0-9_-]{20,}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{15,}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{10,}"
    r"|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}"
    r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{20,}|pypi-[A-Za-z0-9_-]{20,}"
    r"|whsec_[A-Za-z0-9+/=]{16,}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{20,}|dop_v1_[a-f0-9]{32,}|key-[a-f0-9]{32}"
    r"|EAA[A-Za-z0-9]{30,}|sq0(?:atp|csp)-[A-Za-z0-9_-]{20,}|AC[a-f0-9]{32}|SK[a-f0-9]{32}"
    r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.?[A-Za-z0-9_-]*"
)
#: How they begin, in small letters and without counted tails, which would make the gate slow.
GATE: Final = (
    r"akia|asia|aroa|aida|[spr]k_(?:live|test)_|sk-[a-z0-9]|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|xapp-"
    r"|aiza|ya29\."
    r"|sg\.[a-z0-9_-]|npm_|hf_|pypi-|whsec_|shp(?:at|ca|pa|ss)_|dop_v1_|key-[a-f0-9]|eaa[a-z0-9]{4}|sq0(?:atp|csp)-"
    r"|(?:ac|sk)[a-f0-9]{6}|eyj[a-z0-9]"
)
_KNOWN: Final = re.compile(rf"(?<![A-Za-z0-9])(?:{KNOWN})")
PRIVATE_KEY_START: Final = "-----BEGIN [A-Z ]*PRIVATE KEY"
_PRIVATE_KEY: Final = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!-----END))*(?:-----END [A-Z ]{0,30}-----)?"
)
_BEARER: Final = re.compile(
    r"(?:(?i:bearer)[ :]{1,3}|(?i:basic)[ :]{1,3}(?=[a-z0-9+/]*[A-Z])(?![A-Za-z0-9+/]*[.~_-]))"
    r"([A-Za-z0-9._~+/-]{16,}=*)"
)
_IN_URL: Final = re.compile(r"[a-z][a-z0-9+.-]{1,12}://[^\s:/@]{1,64}:([^\s:/@]{1,128})@", re.IGNORECASE)
_IN_COMMAND: Final = re.compile(
    r"(?<![^\s])-u[ ]?[^\s:/]{1,64}:(?!//)([^\s:/@\"']{4,128})|mysql[^\n]{0,60}?[ ]-p([^\s-][^\s]{3,64})"
)
_BEFORE_WORD: Final = re.compile(
    r"(?:[ ,.;:!-]{1,3}(?:that's|thats|that is|that was|this is|it's|its|it is|which is|which was|which|is|was|as"
    r"|being|for"
    r"|es|era|ist|war|c'est|est|etait|e|are)|[ ]?(?:<-|<=|←))[ ]"
    r"(?:(?:the|my|a|an|our|his|her|your|new|old|current|correct|right|wrong|usual|main|temp|temporary|wifi|wi-fi"
    r"|router|login|email"
    r"|bank|portal|account|admin|mi|la|el|mein|das|meine|mon|ma|le|minha|meu|mia|mio|il|mijn|het|de)[ ]){0,3}$"
)
_BEFORE_REACH: Final = 60
#: "…, the password i mean".
_MEANT: Final = re.compile(
    "[ ](?:i mean|i meant|that is|is what i mean|meine ich|quiero decir|je veux dire)(?![a-z])|[)]"
)
_MEANT_BEFORE: Final = re.compile(r"[ ,.;:!(-]{1,3}(?:(?:the|my|mi|mein|das|mon|minha|la mia|mijn)[ ])?$")
#: "HF2210 as the password hint".
_OF_PASSWORD: Final = re.compile(
    r"[ ](?:hint|reset|policy|field|page|manager|prompt|screen|link|problem|issue|error|rules?|length|generator|box"
    r"|change)"
)
_WORD: Final = words("secret")
#: From the word to the secret: a sign or a verb, and words that are none themselves.
_LINK: Final = re.compile(
    r"(?:[ ](?:i|we|you|he|she|they)(?:'ve|'d)?[ ](?:have |had |just )?"
    r"(?:set|use|used|have|had|got|chose|created|made|type|typed|entered|tried|try))?"
    r"[\"'`)\]]{0,2}(?:[ ](?:for|to|of|on|de|para|pour|fur|fuer|per|voor) [^\s:=]{1,20}(?:[ ][^\s:=]{1,20})?)?"
    r"[ \t]*(?:(?P<sign>:=?|;|=>?|->|→)|(?P<verb>(?:'s|(?<![^\s\"'`)\]])(?:is|was|es|est|ist|lautet|e|is:|are"
    r"|to))(?=[ \t\n:]))[ :]?)[ \t\n]*[\"'`(<\[]?"
    r"(?:(?:now|still|currently|set to|this|ahora)[ :]+)?"
)
_STILL: Final = re.compile(r"(?:now|still|currently|set to|this|just|actually|probably|ahora|jetzt)[ :]+")
_VALUE: Final = re.compile(r"[^\s\"'`<>\ue000]{4,200}")
_ORDINARY: Final = frozenset(rulebook()["not_secret"])
#: Words that a secret may follow without anything between.
_DIRECT: Final = (
    "password",
    "passwort",
    "contrasena",
    "senha",
    "wachtwoord",
    "passwd",
    "pwd",
    "pw",
    "mot de passe",
    "kennwort",
    "psswd",
    "pswd",
    "pswrd",
    "passwrd",
    "pword",
    "p/w",
    "mdp",
    "haslo",
    "losenord",
    "adgangskode",
    "passord",
    "passcode",
    "wifi key",
    "wi-fi key",
    "wlan key",
    "router key",
    "network key",
    "api key",
    "access key",
    "secret key",
    "api token",
    "access token",
    "auth token",
    "passphrase",
)
#: Words with other meanings: "the secret is patience".
_EVERYDAY: Final = frozenset({"secret", "token", "pass", "clave", "parola", "authorization"})
#: "api_key=YOUR_API_KEY".
_STANDS_FOR: Final = re.compile(
    r"[\w./-]+\.(?:py|js|ts|c|h|java|go|rb|rs|php|html|css|md|txt|json|ya?ml|po|xml|log)(?::[0-9]+)?|#(?:[0-9a-f]{3}"
    r"|[0-9a-f]{6})|"
    r"(?:your|my|the|insert|example|some|change|enter)[_-].{1,40}|(?:api_?|secret_?)?(?:password|passwort|key|token"
    r"|secret|x{3,})>?"
)
#: "token = self.next_token(0)", "Token: colors['base0']", "'#d0d0d0'".
_CODE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*[(\[]")
_STRONG: Final = re.compile(r"[ ]([^\s\"'`<>\ue000]{6,64})(?=\s|$)")
#: A "pass" is a ticket as well: "boarding pass AB12345".
_STRONG_KINDS: Final = 3
_MARKS: Final = re.compile(r"[*•.…x_#-]+$")
_TRAILING: Final = ".,;:!?)]}>\"'`"


class SecretDetector:
    """Keys, tokens, private keys and passwords."""

    id = "secret"
    entities = ("SECRET",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Secrets in one view."""
        for start, end in _issued(scan.text):
            yield scan.candidate("SECRET", start, end, self.id, 0.95)
        for start, end, score in _named(scan):
            yield scan.candidate("SECRET", start, end, self.id, score)
        asked = scan.was_asked(_PASSWORD) or scan.was_asked(_SHORT_ASK)
        if asked and (span := secret_reply(scan.text)):
            yield scan.candidate("SECRET", *span, self.id, 0.65)


def _named(scan: Scan) -> Iterator[tuple[int, int, float]]:
    """What stands behind or before a word for a password: start, end, score."""
    covered = 0
    for word in _WORD.finditer(scan.lower):
        # "pwd=pwd=…": in a password there is no word for one.
        if word.start(1) < covered:
            continue
        if behind := _secret_before(scan, word):
            yield *behind, 0.7
        if _ONE_TIME.search(scan.lower, max(0, word.start(1) - 20), word.start(1)):
            continue
        # "Password for the portal is …"
        span = _named_secret(scan, word.end(1) - len(" for") * word.group(1).endswith(" for"))
        if span and not (word.group(1) in _EVERYDAY and scan.text[slice(*span)].isalpha()):
            covered = span[1]
            yield *span, 0.75


#: "Your one-time password is 956277": of no use by the time it is stored.
_ONE_TIME: Final = re.compile(
    r"(?<![a-z])(?:one[- ]?time|otp|single[- ]use|einmal-?|usa e getta|de un solo uso|a usage unique)[ -]?(?![\s\S])"
)
_PASSWORD: Final = re.compile(
    r"(?:what|which|enter|give|tell|send|need|type|share|confirm|provide|may i have|can i have"
    r"|cual|quel|wie (?:lautet|ist)|qual|wat is|dime|nenne)[^.?!\n]{0,30}"
    r"(?:pass-?word|passwort|kennwort|contrasena|mot de passe|mdp"
    r"|senha|parola|wacht-?woord|haslo|losenord|pass-?phrase|pass-?code|api key|secret (?:word|answer))"
)


def _issued(text: str) -> Iterator[tuple[int, int]]:
    """Keys, tokens and credentials known by their own form or place."""
    in_url = (_IN_URL,) if "://" in text else ()
    for pattern in (_KNOWN, _PRIVATE_KEY, _BEARER, *in_url, _IN_COMMAND):
        for match in pattern.finditer(text):
            yield match.span(match.lastindex or 0)


#: A question that is little but the word.
_SHORT_ASK: Final = re.compile(
    r"(?:^|\n)[^\n]{0,12}(?:password|passwort|contrasena|mot de passe|senha|wachtwoord)"
    r"(?: (?:please|pls|plz|bitte|por favor))?[ ?.]{0,3}(?:\n|$)"
)


def _named_secret(scan: Scan, at: int) -> tuple[int, int] | None:
    text = scan.text
    before = scan.lower[max(0, at - 12) : at]
    link = _LINK.match(text, at) if not before.endswith((" is", " was")) else None
    start = link.end() if link else at
    sign = link is not None and link.group("sign") is not None
    if link is None:
        if not before.endswith((" is", " was")):
            if before.endswith(_DIRECT):
                return _strong_word(text, at)
            return _strong_word(text, at, least=_STRONG_KINDS) if before.endswith(("pass", "login")) else None
        start = at + len(text[at : at + 3]) - len(text[at : at + 3].lstrip(" :\"'`"))
        still = _STILL.match(text, start)
        start = still.end() if still else start
    value = _VALUE.match(text, start)
    if value is None:
        return None
    end = value.end()
    # "BlueFox1013?" may well end so.
    trailing = _TRAILING if value.group().rstrip(_TRAILING).isalpha() else _TRAILING.replace("?", "").replace("!", "")
    end = start + len(value.group().rstrip(trailing))
    return (start, end) if _looks_secret(text, start, end, sign) else None


def _secret_before(scan: Scan, word: re.Match[str]) -> tuple[int, int] | None:
    """ "Tr0ub4dor as password", "Tr0ub4dor is my password"."""
    form = _MEANT_BEFORE if _MEANT.match(scan.lower, word.end(1)) else _BEFORE_WORD
    link = form.search(scan.lower, max(0, word.start(1) - _BEFORE_REACH), word.start(1))
    if link is None or _OF_PASSWORD.match(scan.lower, word.end(1)):
        return None
    floor = max(0, link.start() - 64)
    before = scan.text[floor : link.start()]
    value = before.rsplit(maxsplit=1)[-1].strip("\"'`(,") if before.strip() else ""
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    if len(value) < 6 or not mixed or BARRIER in value:
        return None
    start = floor + before.rindex(value)
    return start, start + len(value)


def _strong_word(text: str, at: int, least: int = 2) -> tuple[int, int] | None:
    """ "password Tr0ub4dor": nothing between, and letters mixed with digits or signs."""
    match = _STRONG.match(text, at)
    if match is None:
        return None
    value = match.group(1).rstrip(_TRAILING)
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    if not mixed or len(value) < 6 or _kinds(value) < least or _STANDS_FOR.fullmatch(value.lower()):
        return None
    return match.start(1), match.start(1) + len(value)


def _kinds(value: str) -> int:
    """How many of small letters, capitals behind the first, digits and signs it has."""
    return sum(
        (
            any(char.islower() for char in value),
            any(char.isupper() for char in value),
            any(map(str.isdigit, value)),
            any(char in "!@#$%^&*_+=?~" for char in value),
        )
    )


def _looks_secret(text: str, start: int, end: int, sign: bool) -> bool:
    value = text[start:end]
    if len(value) < 4 or value.lower().strip("'\u2019") in _ORDINARY or _MARKS.match(value):
        return False
    if _STANDS_FOR.fullmatch(value.lower()) or (sign and _CODE.match(value) and text[start - 1 : start] == " "):
        return False
    if value.startswith(("http://", "https://", "[", "{", "$")):
        return False
    plain = value.replace("'", "").replace("\u2019", "")
    if not plain.isalpha():
        return True
    mixed = any(char.isupper() for char in value[1:]) and not value.isupper()
    rest = text[end : end + 3].strip("\"'`)> ")
    ends_there = not rest or rest[0] in ".,;!?\n" or text[end : end + 1] == "\n"
    return mixed or (ends_there and (sign or len(value) >= 5))
