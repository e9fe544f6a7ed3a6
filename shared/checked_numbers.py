"""Numbers of people that prove themselves by a checksum or a fixed shape.

Each function takes text that starts where the number may start, and gives the length of the number in
characters, or 0 when it is none. Separators inside count as characters.
"""

import re
from collections import Counter

_CARD_BRANDS = (
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"3(?:0[0-5]|[68])"), (14, 16, 19)),
    (re.compile(r"6(?:011|4[4-9]|5)|35|62"), (16, 17, 18, 19)),
    (re.compile(r"50|5[6-9]|6[0-9]"), (13, 14, 15, 16, 17, 18, 19)),
)

_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "BA": 20, "BE": 16, "BG": 22, "BR": 29, "CH": 21, "CY": 28,
    "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GI": 23,
    "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "MC": 27, "ME": 22, "MK": 19, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24,
    "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "XK": 20,
}  # fmt: skip


def card_length(candidate: str) -> int:
    """Payment card: a brand's prefix and length, and a right Luhn digit."""
    digits = _compact(candidate)
    for prefix, lengths in _CARD_BRANDS:
        if not prefix.match(digits):
            continue
        for length in sorted(lengths, reverse=True):
            if len(digits) >= length and _is_luhn(digits[:length]):
                end = _end_of(candidate, length)
                if not candidate[end : end + 1].isdigit():
                    return end
    return 0


def iban_length(candidate: str) -> int:
    """IBAN: the country's length and a remainder of 1 modulo 97."""
    compact = _compact(candidate).upper()
    length = _IBAN_LENGTHS.get(compact[:2], 0)
    if not length or len(compact) < length:
        return 0
    number = compact[4:length] + compact[:4]
    remainder = int("".join(str(int(char, 36)) for char in number)) % 97
    end = _end_of(candidate, length)
    return end if remainder == 1 and not candidate[end : end + 1].isalnum() else 0


def insee_length(candidate: str) -> int:
    """French social security number: fifteen characters with a right key; Corsica counts as 19 and 18."""
    compact = _compact(candidate).upper()
    body = compact[:13].replace("2A", "19").replace("2B", "18")
    if len(compact) != 15 or not body.isdigit() or not compact[13:].isdigit():
        return 0
    return len(candidate) if 97 - int(body) % 97 == int(compact[13:]) else 0


def steuer_id_length(candidate: str) -> int:
    """German tax number: eleven digits, one of the first ten twice or three times, ISO 7064 check digit."""
    digits = _compact(candidate)
    repeats = sorted(count for count in Counter(digits[:10]).values() if count > 1)
    if len(digits) != 11 or digits[0] == "0" or repeats not in ([2], [3]):
        return 0
    product = 10
    for digit in digits[:10]:
        product = (((int(digit) + product) % 10 or 10) * 2) % 11
    return len(candidate) if (11 - product) % 10 == int(digits[10]) else 0


def international_phone_length(candidate: str) -> int:
    """Phone with its country code: ends at the first gap after eleven digits, where most numbers end."""
    digits = 0
    for index, char in enumerate(candidate):
        if char.isdigit():
            digits += 1
        elif digits >= 11:
            return index
    return len(candidate)


def national_phone_length(candidate: str) -> int:
    """Phone with its trunk zero: the longest run of whole groups that has nine to twelve digits."""
    digits, longest = 0, 0
    for index, char in enumerate(candidate):
        digits += char.isdigit()
        at_end = index + 1 == len(candidate) or not candidate[index + 1].isdigit()
        if char.isdigit() and at_end and 9 <= digits <= 12:
            longest = index + 1
    return longest


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


def _is_luhn(digits: str) -> bool:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + index % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
