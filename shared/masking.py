"""Personal data and secrets are replaced before any model sees a text, and before a line is logged.

Kept libraries judge what has a rule: phonenumbers, python-stdnum, detect-secrets. What people write about a
password into a sentence no library knows; `shared.spoken_passwords` does. All of it prefers to leave alone what
support needs: ticket numbers, versions, IP addresses, times, dates and error codes. Every pattern is bounded, so
that any text takes time in proportion to its length.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

from shared import checked_numbers as numbers
from shared import known_secrets as secrets
from shared import spoken_passwords as passwords
from shared.phone_numbers import phone_spans

type Measure = Callable[[str], int]
type Finder = Callable[[str], Iterable[tuple[int, int]]]
"""Gives where something stands in a text: from, to."""
type Spared = Callable[[str, str], bool]
"""Says of a kind and the words themselves that they may stay."""

SECRET_KINDS = frozenset(["private_key", "token", "cloud_key", "password", "card"])
"""What must be in no answer, whosever it is; the other kinds are somebody's personal data."""

EMAIL = re.compile(r"[\w.+%&'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w@])")


def _nothing(_kind: str, _value: str) -> bool:
    return False


def mask(text: str, spared: Spared = _nothing) -> tuple[str, tuple[str, ...]]:
    """Replace what is personal or secret by its kind in brackets, as in "[email]", but for what is spared.

    Returns the text and the kinds found, in the order in which they were looked for. Masking twice
    changes nothing more.
    """
    masked, found = _masked(text, spared)
    return masked, tuple(dict.fromkeys(kind for kind, _ in found))


def private_values(text: str) -> tuple[tuple[str, str], ...]:
    """What `mask` would hide: kind and the words themselves."""
    return tuple(_masked(text)[1])


def restorable(texts: Iterable[str]) -> dict[str, str]:
    """What may be put back into an answer to whoever wrote the texts, by its kind: never a secret, and only where
    there was one of the kind, since "[email]" does not say which."""
    values: dict[str, set[str]] = {}
    for kind, value in (found for text in texts for found in private_values(text)):
        values.setdefault(kind, set()).add(value)
    return {kind: found.pop() for kind, found in values.items() if len(found) == 1 and kind not in SECRET_KINDS}


def restore(text: str, values: Mapping[str, str]) -> str:
    """The text with the placeholders of these kinds put back."""
    for kind, value in values.items():
        text = text.replace(f"[{kind}]", value)
    return text


def _masked(text: str, spared: Spared = _nothing) -> tuple[str, list[tuple[str, str]]]:
    found: list[tuple[str, str]] = []
    for kind, finder in _finders():
        pieces: list[str] = []
        done = 0
        for start, end in finder(text):
            if start >= done and not spared(kind, text[start:end]):
                pieces += (text[done:start], f"[{kind}]")
                found.append((kind, text[start:end]))
                done = end
        text = "".join((*pieces, text[done:]))
    return text, found


@cache
def _finders() -> tuple[tuple[str, Finder], ...]:
    """Longest and surest first: what one finder has replaced, no later one sees."""
    return (*_secrets(), *_passwords(), *_personal())


def _secrets() -> Iterator[tuple[str, Finder]]:
    yield "private_key", _spans(secrets.PRIVATE_KEY)
    yield "token", _spans(secrets.JWT)
    yield "token", _spans(secrets.AUTHORIZATION, "value")
    yield "token", _spans(secrets.NAMED_TOKEN, "value")
    yield "cloud_key", _spans(secrets.PREFIXED_KEY)
    yield "cloud_key", _spans(secrets.NAMED_KEY, "value")
    yield "cloud_key", lambda text: sorted(secrets.detected_spans(text))


def _passwords() -> Iterator[tuple[str, Finder]]:
    for pattern, group, measure in passwords.password_patterns():
        yield "password", _spans(pattern, group, measure)


def _personal() -> Iterator[tuple[str, Finder]]:
    yield "email", _spans(EMAIL)
    yield "iban", _spans(numbers.IBAN, measure=numbers.iban_length)
    yield "card", _spans(numbers.CARD, measure=numbers.card_length)
    for pattern, measure in numbers.national_ids():
        yield "national_id", _spans(pattern, measure=measure)
    yield "national_id", _spans(numbers.UK_NATIONAL_INSURANCE)
    yield "phone", phone_spans


def _spans(pattern: re.Pattern[str], group: str | int = 0, measure: Measure = len) -> Finder:
    """`group` is what may be private; `measure` says how much of it is, 0 for nothing."""

    def find(text: str) -> Iterator[tuple[int, int]]:
        position = 0
        while match := pattern.search(text, position):
            start = match.start(group)
            length = measure(match[group])
            if length:
                yield start, start + length
            position = start + length if length else match.start() + 1

    return find
