"""The one place where what an agent reads is marked as data: delimiters that the data cannot write itself.

Everything from outside, ticket, attachments' names, knowledge, memory, results of tools, stands between the two
delimiters. In between there is no `<` and no invisible character as such: both are written as JSON escapes, so that
no text can close the part it stands in, and what was hidden from people is not hidden from the model.
"""

import re
import unicodedata

OPENING, CLOSING = "<untrusted>", "</untrusted>"
_WATCHED = re.compile(r"<|[^\x00-\x7f]")
_VARIATION_SELECTORS = range(0xE0100, 0xE01F0)


def marked(text: str) -> str:
    """The text between the delimiters; JSON stays the same JSON."""
    return f"{OPENING}\n{_WATCHED.sub(_visible, text)}\n{CLOSING}"


def unmarked(text: str) -> str:
    """What stands between the delimiters; a text without them as it is."""
    inside = text.removeprefix(f"{OPENING}\n")
    return inside.removesuffix(f"\n{CLOSING}") if inside is not text else text


def _visible(found: re.Match[str]) -> str:
    char = found[0]
    if char == "<":
        return "\\u003c"
    if not (unicodedata.category(char) in ("Cf", "Co") or ord(char) in _VARIATION_SELECTORS):
        return char
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
