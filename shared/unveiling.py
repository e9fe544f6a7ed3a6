"""Hostile phrases are often dressed up; this undresses a text into the plain variants worth reading."""

import base64
import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһкмтвнӏԛԝпг" + "αοεικνρτυχ" + "ıɡɩ’‘`´‐‑‒–—",
    "aeopcyxijsdhkmtbhlqwnr" + "aoeikvptux" + "igi''''-----",
)
_LEET = str.maketrans("013457@$!|", "oieastasil")
_TAGS = {0xE0000 + code: code for code in range(0x20, 0x7F)}
"""Invisible tag characters that spell ASCII."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}(?:\r?\n[A-Za-z0-9+/_-]{4,}){0,400}={0,2}")
_SPELT_OUT = re.compile(r"(?<![^\W_])(?:[^\W\d_][ ._*-]){2,60}[^\W\d_](?![^\W_])")


def variants(text: str) -> Iterator[str]:
    """Yield the text as a model may read it: plain, by lines, spelt with digits, and what it hides in Base64.

    Each variant is lower case without accents, invisible characters and look-alike letters. Line ends are
    spaces in the first variant and " . " in the second, since an order may run over them or start there.
    """
    seen: set[str] = set()
    for readable in (text, *_decoded(text)):
        plain = _plain(readable)
        lines = [" ".join(line.split()) for line in plain.splitlines()]
        for variant in (" ".join(plain.split()), " . ".join(lines), " ".join(plain.translate(_LEET).split())):
            if variant not in seen:
                seen.add(variant)
                yield variant


def first_reading(text: str) -> str:
    """The plain variant by itself, with its lines kept."""
    return _plain(text)


def _plain(text: str) -> str:
    text = html.unescape(unquote(text)).translate(_TAGS)
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = (char for char in folded if unicodedata.category(char) not in ("Mn", "Cf", "Cc") or char in "\n\t")
    plain = "".join(kept).translate(_LOOKALIKES).replace("'re ", " are ")
    return _SPELT_OUT.sub(lambda match: re.sub(r"[ ._*-]", "", match[0]), plain)


def _decoded(text: str) -> Iterator[str]:
    """Yield what Base64 runs spell; a run may have caught a few letters of the words around it."""
    for match in _BASE64.finditer(text):
        letters = "".join(match[0].split()).rstrip("=").replace("-", "+").replace("_", "/")
        for skipped in range(4):
            run = letters[skipped:]
            whole = run[: len(run) - len(run) % 4]
            hidden = base64.b64decode(whole + _padded(run[len(whole) :])).decode(errors="replace")
            if sum(char.isprintable() and char != "\ufffd" for char in hidden) > 0.7 * len(hidden):
                yield hidden
                break


def _padded(rest: str) -> str:
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""
