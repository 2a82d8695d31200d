"""Whether somebody asks for what must not be said in a chat: "what's your CVV?", "send me your card number".

Looked at in every reply of an agent before it is taken, so a text that names none of these things costs one search. A
sentence asks if it names such a thing and, before or around it, wants it from the reader: by a verb with "me" or
"your", or as a question. Sentences that say no, that tell what the writer does, or that point to a page or a form made
for it do not.

PCI DSS v4.0.1, requirements 3.3.1 and 12.6.3.1.
"""

import re
from typing import Final

from compliance.masking.fold import fold

CARD: Final = "card"
CODE: Final = "code"
PIN: Final = "pin"
IDENTITY: Final = "identity"
PASSWORD: Final = "password"  # noqa: S105 (the name of a kind)
#: Every kind, the gravest first: what a text asks for is the first of them.
KINDS: Final = (CODE, PIN, CARD, IDENTITY, PASSWORD)
#: What nobody may ask for in a chat, whatever the reason: cardholder and sensitive authentication data.
NEVER: Final = frozenset({CARD, CODE, PIN})

_NOUNS: Final = {
    CODE: "cvv2?|cvc2?|cvn|csc|cav2?|(?:card )?security (?:code|digits)|card security number|"
    "card verification (?:code|value|number)|"
    "(?:3|three|4|four)[- ]?digits? (?:code |number )?(?:on|at) the (?:back|front)|code on (?:the|your) (?:back|"
    "card)|"
    "codigo de (?:seguridad|seguranca)|cryptogramme|code de securite|(?:karten)?prufnummer|prufziffer|"
    "sicherheitscode|"
    "codice di sicurezza|beveiligingscode|veiligheidscode",
    PIN: "pin(?: (?:code|number))?|(?:atm|card|debit) pin|geheimzahl|pincode",
    CARD: "(?:credit|debit|bank|payment)? ?card(?: (?:number|no|details|info|information|data|digits|"
    "credentials)s?)?|"
    "long number on (?:the|your) front|pan|16[- ]?digits?(?: number)?|(?:numero|datos) de (?:la |tu |su )?tarjeta|"
    "numero de (?:la |ta |votre )?carte(?: bancaire| bleue)?|(?:kredit|bank)?karten(?:nummer|daten)|"
    "numero (?:do|de|del|della) (?:seu |sua |tua |mio |la )?(?:cartao|carta)(?: di credito)?|(?:creditcard|"
    "kaart|pas)nummer",
    IDENTITY: "(?:full |whole |complete )?(?:ssn|social(?: security)?(?: number| no| digits)?|itin|"
    "social insurance number|"
    "sin number|national insurance number|tax id|passport number|driver'?s? licen[cs]e number)|"
    "numero de (?:seguro|seguridad) social|numero de securite sociale|sozialversicherungsnummer|codice fiscale|"
    "burgerservicenummer|bsn|cpf",
    PASSWORD: "pass ?words?|passphrase|pass ?code|(?:one[- ]time|verification|sign[- ]?in|login|2fa|"
    "two[- ]factor|otp) "
    "(?:code|password)|otp|contrasena|mot de passe|passwort|kennwort|senha|parola d'ordine|wachtwoord",
}
_WORD: Final = "(?<![a-z0-9])(?:{})(?![a-z0-9])"
#: In any language; a text without one of these asks for nothing.
_STEMS: Final = {
    CODE: ("cvv", "cvc", "cvn", "cav", "csc", "code", "codigo", "digit", "verif", "secur", "crypto", "pruf",
           "sicurezza"),
    PIN: ("pin", "geheimzahl"),
    CARD: ("card", "tarjeta", "carte", "carta", "karte", "kaart", "pasnummer", "pan", "digit", "long number"),
    IDENTITY: (
        "ssn", "social", "itin", "insurance", "sin number", "tax id", "passport", "licen", "sozial", "codice", "burger",
        "bsn", "cpf",
    ),
    PASSWORD: (
        "pass", "code", "otp", "contrasena", "mot de", "kennwort", "senha", "parola", "wachtwoord",
    ),
}  # fmt: skip
_NAMED: Final = {kind: re.compile(_WORD.format(nouns)) for kind, nouns in _NOUNS.items()}

_VERBS: Final = (
    "send|share|give|tell|type|provide|enter|write|paste|read|confirm|spell|text|mail|e-?mail|post|drop|supply|"
    "verify|"
    "envi[ae]r?(?:me)?|envie|mand[ae](?:me)?|d[ai](?:me|ga|game)|escrib[ae](?:me)?|proporcion[ae]|confirm[ae]r?|"
    "indique|"
    "envoye[rz]|donne[rz]|communique[rz]|ecrive[rz]|indique[rz]|"
    "schick(?:en|e)?|send(?:en|e)|nenn(?:en|e)|gib|geben|teil(?:en|e)|schreib(?:en|e)?|"
    "diga|passe|informe|inviare?|invii|scriv[ai]|mi dia|fornisca|comunichi|stuur|geef|noem|typ|vermeld"
)
_FROM_THEM: Final = (
    "me|us|your|ur|full|whole|both|the|tu|su|sus|tus|votre|ton|ihre?n?|deine?n?|seu|sua|teu|tua|suo|il|la|le|uw|je|"
    "jouw|mir|uns|ons|mij"
)
_ASKED: Final = re.compile(
    # "send me your …", "please type in the full …"
    f"(?<![a-z'])(?:{_VERBS})(?![a-z])[^0-9]{{0,24}}?(?<![a-z])(?:{_FROM_THEM})(?![a-z])[^0-9]{{0,30}}?$"
    # "what's your …", "may I have the …", "I need your …"
    "|(?<![a-z])(?:what(?:'s|s| is| are| was)|whats|which is|can i (?:have|get|see)|could i (?:have|get)|"
    "may i (?:have|get)|"
    "can we (?:have|get)|could we (?:have|get)|may we have|let me have|i(?:'ll| will|'d)? (?:need|require|want|"
    "like)|"
    "we(?:'ll| will)? (?:need|require)|need|cual es|cuales son|quel est|quelle est|wie (?:lautet|ist)|was ist|"
    "qual e|quali sono|"
    "wat is|necesito|j'ai besoin de|(?:ich|wir) brauch(?:e|en)|preciso (?:de|do)|ho bisogno del?|ik heb)"
    f" (?:[a-z]{{1,9}} ){{0,3}}?(?:{_FROM_THEM}) (?:[a-z]{{1,12}} ){{0,2}}?$"
)
#: "Your CVV?", "card number please"
_BARE: Final = re.compile(
    " ?(?:[?]|,? ?(?:please|pls|plz|por favor|s'il vous plait|bitte|per favore|alstublieft)[?.! ]*$)"
)
_ABOUT: Final = re.compile(
    "(?<![a-z])(?:what|which|new|an?|this|that|is|are|was|with|by|lost|forgot|forgotten|reset|change|un|une|una|"
    "ein|eine)(?![a-z])"
)
_GIVE: Final = re.compile(f"(?<![a-z'])(?:{_VERBS}|need) (?:me |us )?(?:your|ur|the) (?:credit |debit |bank )?$")
_ENDS: Final = re.compile(" ?(?:$|[?!.,]|please|pls|here|now|and |so |again|in (?:the |this )?chat)")
_NOT: Final = re.compile(
    "(?<![a-z])(?:never|don'?t|do not|does not|did not|didn'?t|won'?t|will not|not|no need|without|avoid|cannot|"
    "can'?t|"
    "nobody|no one|nunca|jamas|jamais|ne|pas|nicht|keine?n?|niemals|nie|non|mai|nao|niet|geen|nooit|no (?:envie|"
    "mande|"
    "comparta|escriba|diga|nos|me))(?![a-z])"
)
#: It is typed where it belongs, or something else is meant by the word.
_ELSEWHERE: Final = re.compile(
    "(?<![a-z])(?:on|in|into|at|through|via|by|using|over) (?:the |our |this |that |a |"
    "your )?(?:[a-z]{1,12} )?(?:page|form|link|site|"
    "website|app|portal|screen|checkout|terminal|field|settings|browser|phone menu)(?![a-z])|"
    "(?<![a-z])(?:gift|sim|loyalty|library|member(?:ship)?|business|id|identity|insurance|boarding|sd|memory|"
    "graphics|report|"
    "score|points|reward|rewards|student|store|discount|green|health|medical|travel|post|birthday|"
    "greeting)[ -]?cards?(?![a-z])|"
    "(?<![a-z])last (?:four|4|few|two)(?![a-z])|(?<![a-z])ultim[oa]s (?:4|cuatro|quatro)|derniers chiffres|"
    "letzten (?:4|vier)|"
    "pass ?words? (?:reset|manager|field|policy|rules|hint|page|link|protected)|card (?:reader|holder'?s? name|"
    "type|brand|issuer)|"
    "(?:expired|lost|stolen|blocked|new|replacement) card(?! (?:number|no|details))|(?:pin|pan)[- ](?:board|to|"
    "it|point|cake)"
)
#: "I'll send you a new card", "we confirm your card": what the writer does, has done or may do.
_THEIRS: Final = re.compile(
    "(?<![a-z])(?:i|we|they|he|she|it|(?:did|have|had|when|if|once|after|before|while|as) you|bank|team|"
    "colleagues?|system)(?:'ll|'ve|'d|'re|'m)?(?: (?:will|can|could|have|has|had|"
    "would|did|do|does|may|might|just|already|also|now|then|soon|are|am|is|were|was)){0,3} (?:sent|sen[dt]s?|"
    "gave|gives?|told|"
    "tells?|shared?|shares|wrote|writes?|typed?|enter(?:ed|s)?|mail(?:ed|s)?|texted|posted|provided?|"
    "confirm(?:ed|s)?|verif(?:y|ied|ies)|"
    "read|reads|supply|supplied)(?![a-z])(?! (?:me|us)(?![a-z]))"
)
_SENTENCE: Final = re.compile("[.!;\n]+(?= |\n|$)|(?<=[?]) *")


def asked_for(text: str) -> str | None:
    """Return which of `KINDS` a text asks its reader for; None if it asks for none."""
    folded = fold(text).text.lower()
    for kind in KINDS:
        if not any(stem in folded for stem in _STEMS[kind]):
            continue
        named = _NAMED[kind]
        if named.search(folded) is not None and any(_asks(one, named, kind) for one in _SENTENCE.split(folded) if one):
            return kind
    return None


def _asks(sentence: str, named: re.Pattern[str], kind: str) -> bool:
    found = list(named.finditer(sentence))
    if not found or _NOT.search(sentence) or _ELSEWHERE.search(sentence) or _THEIRS.search(sentence):
        return False
    return any(_is_asked(sentence, match, kind) for match in found)


def _is_asked(sentence: str, match: re.Match[str], kind: str) -> bool:
    before, behind = sentence[: match.start()].strip(" :-\"'") + " ", sentence[match.end() :]
    if kind == CARD and match.group().strip() == "card":
        # By itself the word means many things: "send me your card", but not "tell me whether your card was charged".
        return _GIVE.search(before) is not None and _ENDS.match(behind) is not None
    if _ASKED.search(before):
        return True
    # A sentence that is little but the name: "Card number?", "and your PIN please".
    return len(before.split()) <= 3 and _BARE.match(behind) is not None and _ABOUT.search(before) is None
