"""The articles that people have approved, as storage has them; known for a while, and while storage is down."""

import asyncio
import logging
import time

from shared.articles import Article, read_article
from shared.errors import DeskError, Permanent
from shared.knowledge import ARTICLES
from shared.ports import Artifacts

_PATIENCE_S = 3.0
"""A search waits no longer for what is new: what is known is good enough for now."""
_READS_AT_ONCE = 8

log = logging.getLogger("helpdesk.knowledge")


class ApprovedArticles:
    """Looks at storage when its knowledge is older than `refresh_s`; an article once read is not read again."""

    def __init__(self, artifacts: Artifacts, refresh_s: float):
        self._artifacts = artifacts
        self._refresh_s = refresh_s
        self._known: dict[str, Article] = {}
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()

    async def known(self) -> tuple[Article, ...]:
        """By path. Never raises for what storage does, or holds."""
        async with self._looking:
            if time.monotonic() - self._looked_at >= self._refresh_s:
                try:
                    async with asyncio.timeout(_PATIENCE_S):
                        await self._look()
                except (DeskError, TimeoutError) as error:
                    log.warning("approved articles stay as they were last known: %s", error or "storage is slow")
                self._looked_at = time.monotonic()
        return tuple(self._known[path] for path in sorted(self._known))

    async def _look(self) -> None:
        paths = await self._artifacts.list(ARTICLES)
        for path in self._known.keys() - set(paths):
            del self._known[path]
        new = [path for path in paths if path not in self._known]
        for start in range(0, len(new), _READS_AT_ONCE):
            await asyncio.gather(*(self._read(path) for path in new[start : start + _READS_AT_ONCE]))

    async def _read(self, path: str) -> None:
        try:
            data = await self._artifacts.read(path)
            self._known[path] = read_article(data.decode())
        except (Permanent, ValueError) as error:
            log.warning("%s is left out: %s", path, error)
