"""Lists of word beginnings as patterns: how rules know a meaning in several languages and inflections.

A list is text: beginnings of words in lower case without accents, `_` for what stands between two words, a final `.`
where the word must end. Texts are folded before they are matched.
"""

import re

GAP = r"[\W_]+"
WITHIN = r"(?:[^\w.!?]|_|(?<=\d)[.](?=\d))+"
LETTERS = r"[^\W_]*"


def any_beginning(*lists: str) -> str:
    """A pattern's source that matches one word (or phrase) of the lists, with its ending."""
    ordered = sorted({prefix for words in lists for prefix in words.split()}, key=len, reverse=True)
    return rf"\b(?:{'|'.join(_alternative(prefix) for prefix in ordered)})"


def meaning(*lists: str) -> re.Pattern[str]:
    return re.compile(any_beginning(*lists))


def near(first: str, second: str, between: int) -> str:
    """The source of a pattern for `first`, then `second` in the same sentence with at most so many words between."""
    return rf"{first}{LETTERS}(?:{WITHIN}{LETTERS}){{0,{between}}}?{WITHIN}{second}"


def _alternative(prefix: str) -> str:
    return re.escape(prefix.rstrip(".")).replace("_", GAP) + (r"\b" if prefix.endswith(".") else "")
