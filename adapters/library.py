"""The articles of the knowledge base: those that ship in a folder, and over them what people have put into storage."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Mapping
from pathlib import Path

from shared.articles import Article, read_article
from shared.artifacts import Artifacts
from shared.chunks import hostile_sections
from shared.errors import Conflict, DeskError, Permanent, Unavailable
from shared.knowledge import ARTICLES, ArticleSummary, KeptArticle, Origin, Put

MARKDOWN = "text/markdown; charset=utf-8"
REMOVED = b""
"""An empty blob hides the shipped article of its id, and keeps a removed one from coming back by another door."""
ANY = "*"

_PATIENCE_S = 3.0
"""A search waits no longer for what is new: what is known is good enough for now."""
_READS_AT_ONCE = 8

type Articles = Mapping[str, KeptArticle]

log = logging.getLogger("helpdesk.knowledge")


class Library:
    """Looks at storage when its knowledge is older than `refresh_s`; a blob is read again only when it has changed.

    Without `artifacts` there is the folder and nothing can be put. The folder is read once, at first use, and
    every method raises Permanent, naming each article there that cannot be read.
    """

    def __init__(self, directory: str | Path, artifacts: Artifacts | None = None, refresh_s: float = 30.0):
        self._directory = Path(directory)
        self._artifacts = artifacts
        self._refresh_s = refresh_s
        self._shipped: Articles | None = None
        self._read_as: dict[str, str] = {}
        self._stored: dict[str, KeptArticle | None] = {}
        self._known: Articles | None = None
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()

    async def known(self) -> Articles:
        """All articles by id; the same object until one changes. What is down or broken is logged, never raised."""
        async with self._looking:
            if self._artifacts is not None and time.monotonic() - self._looked_at >= self._refresh_s:
                try:
                    async with asyncio.timeout(_PATIENCE_S):
                        await self._look(self._artifacts)
                except (DeskError, TimeoutError) as error:
                    log.warning("articles in storage stay as they were last known: %s", str(error) or "storage is slow")
                self._looked_at = time.monotonic()
            if self._known is None:
                over = {_id(path): kept for path, kept in self._stored.items()}
                merged: dict[str, KeptArticle | None] = {**await self._folder(), **over}
                self._known = {key: kept for key, kept in sorted(merged.items()) if kept is not None}
            return self._known

    async def get(self, article_id: str) -> KeptArticle | None:
        """As storage has it now. Raises Unavailable; Permanent for a blob that is no article."""
        return (await self._at_storage(article_id))[0]

    async def put(self, article: Article, *, if_match: str | None = None, only_new: bool = False) -> Put:
        """Keep it. Raises Conflict where there is another than the caller believes, Unavailable without storage."""
        text = article.markdown().encode()
        present, blob = await self._at_storage(article.head.id)
        if only_new and present is not None:
            raise Conflict(f"there is an article {article.head.id} already")
        await self._replace(article.head.id, present, blob, text, if_match)
        return Put(etag=_etag(text), is_new=present is None)

    async def remove(self, article_id: str, *, if_match: str | None = None) -> bool:
        present, blob = await self._at_storage(article_id)
        if present is None and if_match is None:
            return False
        await self._replace(article_id, present, blob, REMOVED, if_match)
        return True

    async def _replace(
        self, article_id: str, present: KeptArticle | None, blob: bytes | None, text: bytes, if_match: str | None
    ) -> None:
        """Of callers that saw the same article one succeeds: the others would undo what they have not read."""
        if if_match is not None and (present is None or if_match not in (ANY, present.summary.etag)):
            raise Conflict(f"article {article_id} is not as the caller believes")
        if not await self._storage.swap(_path(article_id), blob, text, MARKDOWN):
            raise Conflict(f"article {article_id} was changed by somebody else at this moment")
        self._looked_at = float("-inf")

    async def _at_storage(self, article_id: str) -> tuple[KeptArticle | None, bytes | None]:
        """The article, and the blob that makes it so."""
        path = _path(article_id)
        if path not in await self._storage.versions(path):
            return (await self._folder()).get(article_id), None
        blob = await self._storage.read(path)
        return _stored(path, blob), blob

    async def _look(self, storage: Artifacts) -> None:
        versions = await storage.versions(ARTICLES)
        for path in self._stored.keys() - versions.keys():
            del self._stored[path], self._read_as[path]
            self._known = None
        new = [path for path, version in versions.items() if self._read_as.get(path) != version]
        for start in range(0, len(new), _READS_AT_ONCE):
            part = new[start : start + _READS_AT_ONCE]
            await asyncio.gather(*(self._take_in(storage, path, versions[path]) for path in part))

    async def _take_in(self, storage: Artifacts, path: str, version: str) -> None:
        try:
            self._stored[path] = _stored(path, await storage.read(path))
        except Permanent as error:
            log.warning("%s is left out: %s", path, error)
            self._stored[path] = None
        self._read_as[path] = version
        self._known = None

    async def _folder(self) -> Articles:
        if self._shipped is None:
            self._shipped = await asyncio.to_thread(_read_folder, self._directory)
        return self._shipped

    @property
    def _storage(self) -> Artifacts:
        if self._artifacts is None:
            raise Unavailable("storage", "there is none, so no article can be kept")
        return self._artifacts


def _stored(path: str, blob: bytes) -> KeptArticle | None:
    """Raises Permanent, saying why, for a blob that is no article."""
    if blob == REMOVED:
        return None
    try:
        article = read_article(blob.decode())
    except ValueError as error:
        raise Permanent(str(error)) from error
    if article.head.id != _id(path):
        raise Permanent(f"has the id {article.head.id}, which is another article's place")
    return _kept(article, "stored")


def _read_folder(directory: Path) -> Articles:
    paths = sorted(directory.glob("*.md"))
    if not paths:
        raise Permanent(f"there are no knowledge articles in {directory}")
    read: dict[str, KeptArticle] = {}
    faults: list[str] = []
    for path in paths:
        try:
            article = read_article(path.read_text(encoding="utf-8"))
            if article.head.id in read:
                raise ValueError(f"has the id {article.head.id}, as another article does")
            read[article.head.id] = _kept(article, "shipped")
        except (OSError, ValueError) as error:
            faults.append(f"{path.name}: {error}")
    if faults:
        raise Permanent("knowledge articles that cannot be read: " + "; ".join(faults))
    return read


def _kept(article: Article, origin: Origin) -> KeptArticle:
    head = article.head
    withheld = hostile_sections(article)
    for section, intent in withheld.items():
        log.warning("article %s, section %r is withheld from agents: it %s", head.id, section, intent)
    summary = ArticleSummary(
        id=head.id,
        title=head.title,
        category=head.category,
        language=head.language,
        updated=head.updated,
        origin=origin,
        etag=_etag(article.markdown().encode()),
        withheld=tuple(withheld),
    )
    return KeptArticle(article=article, summary=summary)


def _etag(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:32]


def _path(article_id: str) -> str:
    return f"{ARTICLES}{article_id}.md"


def _id(path: str) -> str:
    return path.removeprefix(ARTICLES).removesuffix(".md")
