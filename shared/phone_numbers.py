"""Telephone numbers in a sentence, found by phonenumbers (libphonenumber); here stands what is none of them."""

import re
from collections.abc import Iterator
from functools import cache

REGIONS = ("FR", "DE", "GB", "US", "ES", "IT")
"""Whose national notations are understood; with a country code every country's."""
SHORTEST = 4
"""Digits of the shortest number in any of them."""

_OURS = re.compile(
    r"(?i)(?:#|\b(?:ticket|case|error|code|order|serial|asset|build|ref|vorgang|bestellung|seriennummer|commande"
    r"|référence|dossier|pedido|serie|caso|ordine|seriale)"
    r"(?: (?:no|nr|number|num[eé]ro|nummer|id|is|est|ist|es|è)\.?){0,2}[ :=#]{1,3})$"
)
_CALLED = re.compile(
    r"(?i)\b(?:tele?(?:phone|fono|fon)?|téléphone|teléfono|t[eé]l|phone|mobile?|móvil|portable|handy|cell|cellulare"
    r"|call me|ring me|reach me|appelez[ -]moi|rappelez[ -]moi|llám[ae]me|chiam[ai]mi|rufnummer|rufen sie mich"
    r"|whatsapp)\b(?:[ .:=]{1,3}(?:number|no|nr|nummer|num[eé]ro|is|est|ist|es|è|back|on|at|au|unter|al|an)\b){0,3}"
    r"[ .:=#]{1,4}\(?$"
)
_CALLED_DIGITS = re.compile(r"(?<![\w.+-])\d(?:[ /()-]{0,2}\d){6,14}(?![\w.]{0,20}\d)")
_DATE = re.compile(r"(?:19|20)\d\d[-/ .]\d\d[-/ .]\d\d|\d\d[-/ .]\d\d[-/ .](?:19|20)\d\d")
_BARE = re.compile(r"[1-9]\d*|0\d{0,7}")
"""Digits in one run are a number of anything, unless they are long and begin with the trunk zero."""
_NO_NUMBER = re.compile(r"[1-9]\d{0,4}|0\.\d+")
_ID = re.compile(r"\b[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\b|\b(?=\d*[a-f])[\da-f]{24,64}\b")
_BEFORE = 60
_RUN = re.compile(r"\d(?:(?:[^\w:;,=\"'{}<>|\\@#%&*!?\n]|x){0,4}\d)*")
"""Digits with no more between them than any notation has: all that can be of one number."""


def phone_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the numbers stand, in order of their beginning; spans may overlap."""
    spans = {*_international(text), *_national(text), *_announced(text)}
    yield from sorted(spans, key=lambda span: (span[0], -span[1]))


def _international(text: str) -> Iterator[tuple[int, int]]:
    if "+" not in text and "＋" not in text:
        return
    from phonenumbers import Leniency, PhoneNumberMatcher

    for match in PhoneNumberMatcher(text, None, Leniency.POSSIBLE):
        yield match.start, match.end


def _national(text: str) -> Iterator[tuple[int, int]]:
    """Numbers that are valid, and written as people there write them.

    Most texts, and nearly all lines of a log, hold too few digits in one place for any: the matcher, which is slow, is
    spared them.
    """
    digits = _most_digits(text)
    if digits < SHORTEST:
        return
    from phonenumbers import Leniency, PhoneNumberMatcher

    for region in REGIONS:
        if digits < shortest(region):
            continue
        for match in PhoneNumberMatcher(text, region, Leniency.STRICT_GROUPING):
            before = text[max(0, match.start - _BEFORE) : match.start]
            written = match.raw_string
            in_an_id = before.endswith("-") or text.startswith("-", match.end)
            if not (in_an_id or _OURS.search(before) or _DATE.match(written) or _BARE.fullmatch(written)):
                yield match.start, match.end


def _most_digits(text: str) -> int:
    """Of any run in which there may be a number: none is in a count such as 12345, a fraction such as 0.0034, an id."""
    runs = (run[0] for run in _RUN.finditer(_ID.sub("", text)) if not _NO_NUMBER.fullmatch(run[0]))
    return max((sum(map(str.isdigit, run)) for run in runs), default=0)


@cache
def shortest(region: str) -> int:
    """Digits of the shortest number that there can be, without a code before it."""
    from phonenumbers import PhoneMetadata

    known = PhoneMetadata.metadata_for_region(region)
    assert known is not None
    assert known.general_desc is not None
    return min(length for length in known.general_desc.possible_length if length > 0)


def _announced(text: str) -> Iterator[tuple[int, int]]:
    """Digits that somebody asks to be called on need no proof."""
    for match in _CALLED_DIGITS.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        if _CALLED.search(before) and not _DATE.match(match[0]):
            yield match.span()
