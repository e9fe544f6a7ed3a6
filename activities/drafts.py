"""Drafts for the knowledge base: looked at, and decided on once by a person."""

import asyncio
import uuid
from datetime import UTC, datetime
from typing import NamedTuple

from shared.articles import Article, read_article
from shared.artifacts import Artifacts
from shared.cursors import opaque, place_in
from shared.errors import Permanent
from shared.knowledge import ARTICLES, DECIDED, DRAFTS, Draft, DraftDecision, DraftDecisionRequest, DraftSummary

MARKDOWN = "text/markdown; charset=utf-8"


class DraftPage(NamedTuple):
    items: tuple[DraftSummary, ...]
    next_cursor: str | None


class Decided(NamedTuple):
    """The decision that counts, and whether it is the caller's own."""

    decision: DraftDecision
    is_own: bool


async def waiting_drafts(artifacts: Artifacts, limit: int, cursor: str | None) -> DraftPage:
    """Drafts that nobody has decided on, by id. Raises InvalidCursor."""
    after = "" if cursor is None else place_in(cursor, 1)[0]
    drafts, decided = await asyncio.gather(artifacts.list(DRAFTS), artifacts.list(DECIDED))
    over = {_id(path, DECIDED, ".json") for path in decided}
    waiting = sorted({_id(path, DRAFTS, ".md") for path in drafts} - over)
    rest = [draft_id for draft_id in waiting if draft_id > after]
    page = rest[:limit]
    texts = await asyncio.gather(*(_read(artifacts, _draft_path(draft_id)) for draft_id in page))
    items = tuple(_summary(draft_id, text) for draft_id, text in zip(page, texts, strict=True) if text is not None)
    return DraftPage(items, opaque(page[-1]) if len(rest) > limit else None)


async def draft(artifacts: Artifacts, draft_id: str) -> Draft | None:
    text = await _read(artifacts, _draft_path(draft_id))
    if text is None:
        return None
    return Draft(**_summary(draft_id, text).model_dump(), text=text, decided=await _decision(artifacts, draft_id))


async def decide(artifacts: Artifacts, found: Draft, given: DraftDecisionRequest) -> Decided:
    """Keep the decision unless there is one, then see that an approved article is where search finds it.

    The kept decision holds the article, so that whoever asks again mends what a crash in between left undone. An
    article that was withdrawn after it was served stays so.
    Raises Permanent when what is to be approved is no article.
    """
    own = DraftDecision(
        id=uuid.uuid4().hex,
        draft=found.id,
        decision=given.decision,
        by=given.by,
        note=given.note,
        at=datetime.now(UTC),
        article=_article(found, given.text).markdown() if given.decision == "approve" else None,
    )
    counts = found.decided
    if counts is None:
        created = await artifacts.create(_decided_path(found.id), own.model_dump_json().encode())
        counts = own if created else await _decision(artifacts, found.id)
    if counts is None:
        raise Permanent(f"the decision on draft {found.id} was taken away at this moment")
    if counts.article is not None and not counts.is_served:
        await artifacts.create(f"{ARTICLES}{found.id}.md", counts.article.encode(), MARKDOWN)
        counts = counts.model_copy(update={"is_served": True})
        await artifacts.write(_decided_path(found.id), counts.model_dump_json().encode())
    return Decided(counts, counts.id == own.id)


def _article(found: Draft, edited: str | None) -> Article:
    """What is approved: the draft, or the edited text, with the draft's front matter where it has none."""
    text = edited or found.text
    try:
        if edited is not None and not edited.startswith("---"):
            article = read_article(Article(head=read_article(found.text).head, body=edited).markdown())
        else:
            article = read_article(text)
    except ValueError as error:
        raise Permanent(f"this is no article of the knowledge base: {error}") from error
    if article.head.id != found.id:
        raise Permanent(f"the article must keep the id {found.id}, not {article.head.id}")
    return article


def _summary(draft_id: str, text: str) -> DraftSummary:
    try:
        head = read_article(text).head
    except ValueError as error:
        return DraftSummary(id=draft_id, problem=str(error))
    return DraftSummary(
        id=draft_id, title=head.title, category=head.category, source=head.source, created_at=head.created_at
    )


async def _decision(artifacts: Artifacts, draft_id: str) -> DraftDecision | None:
    kept = await _read(artifacts, _decided_path(draft_id))
    return None if kept is None else DraftDecision.model_validate_json(kept)


async def _read(artifacts: Artifacts, path: str) -> str | None:
    """The blob's text; None where there is none."""
    if path not in await artifacts.list(path):
        return None
    return (await artifacts.read(path)).decode(errors="replace")


def _id(path: str, folder: str, ending: str) -> str:
    return path.removeprefix(folder).removesuffix(ending)


def _draft_path(draft_id: str) -> str:
    return f"{DRAFTS}{draft_id}.md"


def _decided_path(draft_id: str) -> str:
    return f"{DECIDED}{draft_id}.json"
