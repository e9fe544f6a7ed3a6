"""Numbers of people that prove themselves: payment cards, bank accounts, national ids.

python-stdnum knows the check digits and the countries' rules; here stands only where in a sentence such a
number may be. Each function takes text that starts where the number may start, and gives the length of the
number in characters, or 0 when it is none. Separators inside count as characters.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Any

type Measure = Callable[[str], int]

_CARD_BRANDS = (
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"3(?:0[0-5]|[68])"), (14, 16, 19)),
    (re.compile(r"6(?:011|4[4-9]|5)|35|62"), (16, 17, 18, 19)),
    (re.compile(r"50|5[6-9]|6[0-9]"), (13, 14, 15, 16, 17, 18, 19)),
)
"""Without a brand's prefix and length every tenth serial number would be a card: Luhn is one digit."""

CARD = re.compile(r"(?<![\w.-])\d(?:[ .-]?\d){12,18}(?:[ .-]?\d)?")
IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")

_NATIONAL_IDS = (
    ("fr.nir", r"(?<![\w.-])[12](?:[ .-]?\d){4}[ .-]?(?:\d[ .-]?\d|2[ABab])(?:[ .-]?\d){8}(?![\w])"),
    ("us.ssn", r"(?<![\w.-])\d{3}-\d\d-\d{4}(?![\w-])"),
    ("de.idnr", r"(?<![\w.+-])[1-9]\d ?\d{3} ?\d{3} ?\d{3}(?![\w-])"),
    ("es.dni", r"(?<![\w.-])\d{2}\.?\d{3}\.?\d{3}[ -]?[A-Za-z](?![\w])"),
    ("es.nie", r"(?<![\w.-])[XYZxyz][ -]?\d{7}[ -]?[A-Za-z](?![\w])"),
    ("it.codicefiscale", r"(?<![\w.-])(?i:[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z])(?![\w])"),
    ("ch.ssn", r"(?<![\w.-])756[. ]?\d{4}[. ]?\d{4}[. ]?\d\d(?![\w])"),
    ("be.nn", r"(?<![\w.-])\d\d\.\d\d\.\d\d-\d{3}\.\d\d(?![\w])"),
)
UK_NATIONAL_INSURANCE = re.compile(r"\b(?:[A-Z]{2}|[a-z]{2}) ?\d\d ?\d\d ?\d\d ?[A-Da-d]\b")
"""Has no check digit, so its shape must do."""


def national_ids() -> Iterator[tuple[re.Pattern[str], Measure]]:
    """Where an id may stand in a text, and what says how long it really is."""
    for module, pattern in _NATIONAL_IDS:
        yield re.compile(pattern), _checked_by(module)


def card_length(candidate: str) -> int:
    """Payment card: a brand's prefix and length, and a right Luhn digit."""
    luhn = _module("luhn")
    digits = _compact(candidate)
    for prefix, lengths in _CARD_BRANDS:
        if not prefix.match(digits):
            continue
        for length in sorted(lengths, reverse=True):
            if len(digits) >= length and luhn.is_valid(digits[:length]):
                end = _end_of(candidate, length)
                if not candidate[end : end + 1].isdigit():
                    return end
    return 0


def iban_length(candidate: str) -> int:
    """IBAN with its country's structure and a right checksum; the words after it are not part of it."""
    iban = _module("iban")
    ends = [index + 1 for index, char in enumerate(candidate) if char.isalnum()]
    for end in reversed(ends):
        if not candidate[end : end + 1].isalnum() and iban.is_valid(candidate[:end].replace("-", "")):
            return end
    return 0


def _checked_by(module: str) -> Measure:
    def length(candidate: str) -> int:
        return len(candidate) if _module(module).is_valid(candidate.replace(".", "")) else 0

    return length


@cache
def _module(name: str) -> Any:
    return import_module(f"stdnum.{name}")


def _compact(candidate: str) -> str:
    return candidate.replace(" ", "").replace("-", "").replace(".", "")


def _end_of(candidate: str, length: int) -> int:
    """Where the first `length` letters and digits of the candidate end."""
    seen = 0
    for index, char in enumerate(candidate):
        seen += char.isalnum()
        if seen == length:
            return index + 1
    return len(candidate)
