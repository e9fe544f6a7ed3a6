"""Which labelled tickets are too like a text the rules were trained on: measured on those, a figure flatters."""

from collections.abc import Iterable

from adapters.offline_words import fold

GRAM = 5
TOO_ALIKE = 0.6
"""Share of the shorter text's groups of letters that the other has too."""
FEW_GRAMS = 20
"""Of a shorter text nothing can be told but that it is the very same."""


def grams(text: str) -> frozenset[str]:
    plain = " ".join("".join(sign if sign.isalnum() else " " for sign in fold(text)).split())
    return frozenset(plain[start : start + GRAM] for start in range(max(1, len(plain) - GRAM + 1)))


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    fewer = min(len(one), len(other))
    if fewer < FEW_GRAMS:
        return float(one == other)
    return len(one & other) / fewer


def repeats(texts: Iterable[str], trained_on: Iterable[str]) -> list[tuple[str, str, float]]:
    """Each text with the training text it repeats, and how alike they are."""
    known = [(text, grams(text)) for text in trained_on]
    return [
        (text, other, share)
        for text, own in ((text, grams(text)) for text in texts)
        for other, others in known
        if (share := alike(own, others)) >= TOO_ALIKE
    ]
