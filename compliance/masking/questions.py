"""What a question asks for, what forbids an answer, and how a message reads as context."""

import re
from functools import lru_cache
from typing import Final

from compliance.masking.findings import Utterance
from compliance.masking.fold import fold
from compliance.masking.misspelt import corrected
from compliance.masking.placeholders import without_placeholders

#: "Your SSN and date of birth?"
SEVERAL: Final = re.compile(
    r",(?! ?(?:please|pls|thanks?|then|sir|madam|if|bitte|por favor))|[/&+]"
    r"|(?<![a-z])(?:and|y|et|und|en|ou|or)(?![a-z])"
    r"|(?<![a-z])(?<!qual )(?<!quale )(?<!cual )(?<!dove )(?<!come )(?<!quando )e(?![a-z])"
)
HARMLESS: Final = re.compile(
    r"(?<![a-z])(?:orders?|invoice|ticket|tracking|reference|booking|case|serial|model|sku|amount|price|version|quantity|"
    r"pedido|commande|bestell[a-z]*|ordine|rechnung|facture|factura)(?![a-z])"
)
#: "Never share your PIN" asks for none.
FORBIDS: Final = re.compile(
    r"(?<![a-z])(?:(?:never|do not|don't|dont|not to|without|no need to|won't|will not|shouldn't)[ ](?:ever[ ])?"
    r"(?:share|send|sending|type|post|give|tell|include|write|enter|paste|provide|need|require|ask|ask(?:ing)? for)"
    r"|nunca|jamais|niemals|nooit|(?:ne|no|nao|non) (?:partagez|communiquez|donnez|envoyez|comparta|envie|facilite|"
    r"compartilhe|informe|condivida|invii|scriva)|keine?[nrsm]? [^.?!\n]{0,30}(?:senden|schicken|angeben|mitteilen)"
    r"|when did|how (?:often|many|long)|why (?:did|do|does|is)|what (?:happens|happened|do you see)"
    r"|(?:did|have|can|could) you (?:forget|forgotten|changed?|reset|tried to|try to))(?![a-z])[^.?!\n]{0,80}"
)

SENTENCE: Final = re.compile(r"[.!?\n]+[ \n]+")
#: What is answered by a time or a count.
OF_TIME: Final = re.compile(
    r"(?<![a-z])(?:when|how (?:many|much|long|often|far|old)|what (?:time|date|day|year)|which (?:day|year|date)|where"
    r"|wann|wie (?:viele?|lange|oft)|cuando|cuant[oa]s?|quand|combien|quando|quant[oiae]s?|wanneer"
    r"|hoe (?:veel|lang|vaak))(?![a-z])"
)

#: "346 is what it says".
SAYS: Final = re.compile(
    "(?:is|that's|thats|its|it's) what (?:it|i|mine|the (?:card|paper|letter|screen|form)|they) "
    "(?:says?|sees?|reads?|have|has|got|gave me|shows?|wrote)(?: (?:here|on (?:it|the card)))?"
)
#: Of what was spoken of last.
PRONOUN: Final = re.compile(
    r"(?:^|[^a-z])(?:it's|its|it is|mine is|mine's|this is it|it was|es|c'est|es ist|ist)[ :]{1,2}(?![\s\S])"
)

LEAST_ALIKE: Final = 6


def shape_of(value: str) -> str:
    return "".join("9" if char.isdigit() else "a" if char.isalpha() else char for char in value)


@lru_cache(maxsize=256)
def form_of(shape: str) -> re.Pattern[str]:
    """Values of one shape: letters and digits where it has them, the same signs between."""
    inner = "".join({"9": "[0-9]", "a": "[a-z]"}.get(char, re.escape(char)) for char in shape)
    return re.compile(f"(?<![0-9a-z]){inner}(?![0-9a-z])")


def reading(message: Utterance) -> str:
    """A message as context: folded, in lower case, spelled right."""
    if not message.reading:
        message.reading.append(corrected(fold(without_placeholders(message.text)).text.lower()))
    return message.reading[0]
