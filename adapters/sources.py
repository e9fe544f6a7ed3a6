"""Feeds and pages of a topic, as the settings list them."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote_plus, urlsplit

from adapters.offline_words import terms
from adapters.safe_fetch import Limits, NotFetched, fetch
from adapters.source_texts import feed_items, page_item
from shared.masking import mask
from shared.sources import SourceItem, SourceItems, SourceList

FEED_TYPES = ("/xml", "+xml", "/rdf", "text/plain")
PAGE_TYPES = ("text/html", "application/xhtml+xml", "text/plain")
QUERY = "{query}"
QUERY_CHARS = 150
LONG_AGO = datetime.min.replace(tzinfo=UTC)

log = logging.getLogger("helpdesk.sources")


class WebSources:
    """Implements Sources. Hosts that the lists name may be asked, and those that `more_hosts` adds for redirects."""

    def __init__(
        self,
        lists: Mapping[str, SourceList],
        timeout_s: float,
        most_bytes: int,
        more_hosts: tuple[str, ...] = (),
        loopback: bool = False,
    ):
        self._lists = lists
        urls = [url for known in lists.values() for url in (*known.feeds, *known.pages)]
        hosts = frozenset((*(urlsplit(url).hostname or "" for url in urls), *more_hosts))
        self._limits = Limits(hosts, timeout_s, most_bytes, loopback)

    async def fetch(
        self, topic: str, *, query: str | None = None, since: datetime | None = None, limit: int = 20
    ) -> SourceItems:
        known = self._lists.get(topic, SourceList())
        urls = [(url, True) for url in known.feeds] + [(url, False) for url in known.pages]
        wanted = [(url, is_feed) for url, is_feed in urls if query or QUERY not in url]
        read = await asyncio.gather(*(self._read(url, is_feed, query) for url, is_feed in wanted))
        hosts = [urlsplit(url).hostname or "" for url, _ in wanted]
        found = {item.url: item for items in read if not isinstance(items, NotFetched) for item in items}
        fresh = [item for item in found.values() if since is None or not item.published or item.published >= since]
        return SourceItems(
            items=tuple(_ordered(fresh, query)[:limit]),
            asked=tuple(
                dict.fromkeys(h for h, items in zip(hosts, read, strict=True) if not isinstance(items, NotFetched))
            ),
            failed=tuple(f"{h}: {why}" for h, why in zip(hosts, read, strict=True) if isinstance(why, NotFetched)),
        )

    async def _read(self, url: str, is_feed: bool, query: str | None) -> list[SourceItem] | NotFetched:
        """The items, or why there are none: one bad source is no reason to lose the others."""
        asked = url.replace(QUERY, quote_plus(mask(query or "")[0][:QUERY_CHARS]))
        try:
            fetched = await fetch(asked, FEED_TYPES if is_feed else PAGE_TYPES, self._limits)
            if is_feed:
                return await asyncio.to_thread(feed_items, fetched)
            item = await asyncio.to_thread(page_item, fetched)
            return [item] if item else []
        except NotFetched as why:
            log.warning("source %s: %s", urlsplit(url).hostname, why)
            return why


def _ordered(items: list[SourceItem], query: str | None) -> list[SourceItem]:
    newest = sorted(items, key=lambda item: item.published or LONG_AGO, reverse=True)
    if query is None:
        return newest
    asked = terms(query).keys()
    shared = {item.url: len(asked & terms(f"{item.title} {item.summary}").keys()) for item in newest}
    return sorted((item for item in newest if shared[item.url]), key=lambda item: -shared[item.url])
