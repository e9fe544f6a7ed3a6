"""An article cut into passages that keep their heading: what is searched, shown to agents, and cited."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from shared.articles import Article
from shared.hostile_phrases import hostile_intent
from shared.model import Model
from shared.unveiling import variants

MOST_CHARS = 2_000
"""Some 500 tokens: enough for a list of steps, small enough that a passage is about one thing."""
PATH = " > "
HEAD = "head"
"""Title and keywords, among the parts of an article that may be hostile."""


class Chunk(Model):
    """A passage at rest. `key` stays while its neighbours change; `digest` tells whether the chunk itself has."""

    key: str
    digest: str
    article_id: str
    title: str
    keywords: tuple[str, ...]
    section: str
    text: str
    language: str

    @property
    def wording(self) -> str:
        """What an embedding is made of: a passage says little without its headings."""
        return f"{self.title}\n{self.section}\n{self.text}".strip()


class Section(NamedTuple):
    path: str
    text: str


def chunks_of(article: Article) -> tuple[Chunk, ...]:
    """All of an article, in its order."""
    head = article.head
    seen: Counter[str] = Counter()
    made: list[Chunk] = []
    for section in sections(article.body):
        for text in _pieces(section.text):
            seen[section.path] += 1
            about = (head.title, *head.keywords, head.language, text)
            made.append(
                Chunk(
                    key=_hash(head.id, section.path, str(seen[section.path]))[:32],
                    digest=_hash(section.path, *about)[:32],
                    article_id=head.id,
                    title=head.title,
                    keywords=head.keywords,
                    section=section.path,
                    text=text,
                    language=head.language,
                )
            )
    return tuple(made)


def hostile_sections(article: Article) -> dict[str, str]:
    """What each section tries that would give an agent orders, by section; title and keywords are the "head".

    An article is data, as a ticket is: whoever may write one must not thereby command the desk.
    """
    head = f"{article.head.title}\n{', '.join(article.head.keywords)}"
    if (whole := _intent(f"{head}\n{article.body}")) is None:
        return {}
    parts = [Section(HEAD, head), *sections(article.body)]
    found = {part.path: intent for part in parts if (intent := _intent(f"{part.path}\n{part.text}"))}
    return found or {HEAD: whole}


def sections(body: str) -> tuple[Section, ...]:
    """Texts under their headings, each named by the path of headings; words above the first have none.

    A real parser tells a heading from a comment in a code block. A section without words of its own is left out.
    """
    return tuple(section for section in _sections(body) if section.text)


def _sections(body: str) -> Iterator[Section]:
    from markdown_it import MarkdownIt

    lines = body.splitlines()
    tokens = MarkdownIt("commonmark").parse(body)
    above: list[tuple[int, str]] = []
    begins = 0
    for token, inline in pairwise(tokens):
        if token.type != "heading_open" or token.level != 0 or token.map is None:
            continue
        yield Section(_path(above), "\n".join(lines[begins : token.map[0]]).strip())
        depth = int(token.tag[1:])
        above = [heading for heading in above if heading[0] < depth]
        above.append((depth, "".join(part.content for part in inline.children or ()).strip()))
        begins = token.map[1]
    yield Section(_path(above), "\n".join(lines[begins:]).strip())


def _path(above: list[tuple[int, str]]) -> str:
    return PATH.join(heading for _, heading in above)


def _pieces(text: str) -> Iterator[str]:
    """The text, cut where it must be: between paragraphs, else lines, else words."""
    while len(text) > MOST_CHARS:
        cuts = (text.rfind(mark, MOST_CHARS // 4, MOST_CHARS) for mark in ("\n\n", "\n", " "))
        at = next((cut for cut in cuts if cut > 0), MOST_CHARS)
        yield text[:at].strip()
        text = text[at:].strip()
    yield text


def _intent(text: str) -> str | None:
    return next((intent for variant in variants(text) if (intent := hostile_intent(variant))), None)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
