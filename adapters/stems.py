"""What a word is looked up by: its stem in the language it is in, and the parts of a German compound."""

import unicodedata
from collections.abc import Container
from functools import lru_cache
from typing import Any, cast

import snowballstemmer

from adapters.words import without_accents

LANGUAGES = {"en": "english", "fr": "french", "de": "german", "es": "spanish", "it": "italian"}
_SHORTEST_PART = 4
_LINKS = ("", "s", "es", "n", "en", "er")


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """Lower case, no accents, without its endings; English where the language is none of LANGUAGES."""
    # A stemmer keeps its state in itself, and searches run in several threads: making one costs next to nothing.
    stemmer = cast(Any, snowballstemmer).stemmer(LANGUAGES.get(language, "english"))
    return without_accents(stemmer.stemWord(unicodedata.normalize("NFC", word.lower())))


def stems_in_every_language(word: str) -> frozenset[str]:
    """For words whose language nothing tells, such as keywords."""
    return frozenset(stem(word, language) for language in LANGUAGES) | {without_accents(word.lower())}


def parts(compound: str, known: Container[str]) -> tuple[str, ...]:
    """The known words that a German compound is made of; the last alone where nothing is known of the first."""
    plain = without_accents(compound.lower())
    for at in range(_SHORTEST_PART, len(plain) - _SHORTEST_PART + 1):
        last = stem(plain[at:], "de")
        if last not in known:
            continue
        for link in _LINKS:
            first = stem(plain[:at].removesuffix(link), "de")
            if plain[:at].endswith(link) and len(first) >= _SHORTEST_PART - 1 and first in known:
                return (first, last)
        if len(last) >= _SHORTEST_PART + 1:
            return (last,)
    return ()
