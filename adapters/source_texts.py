"""Reads feeds and pages, however badly they are written, into items."""

import calendar
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any, cast
from urllib.parse import urlsplit

from adapters.safe_fetch import Fetched, NotFetched
from shared.foreign_text import gives_orders
from shared.masking import mask
from shared.sources import SourceItem

MOST_ENTRIES = 100
TITLE_CHARS = 300
SUMMARY_CHARS = 1_000
CHARSET = re.compile(r"charset=[\"']?([\w-]+)", re.IGNORECASE)
NOT_TEXT = ("script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form")


def feed_items(fetched: Fetched) -> list[SourceItem]:
    """The entries of an RSS or Atom feed. Raises NotFetched where it is none.

    feedparser drops what a DTD declares, so an entity can neither grow nor fetch anything.
    """
    import feedparser

    parse = cast(Callable[..., Any], feedparser.parse)
    feed = parse(BytesIO(fetched.body), response_headers={"content-type": fetched.content_type})
    if not feed.version:
        raise NotFetched("is no feed")
    host = urlsplit(fetched.url).hostname or ""
    name = _clean(feed.feed.get("title", ""))[:100]
    source = f"{name} ({host})" if name else host
    entries = [_entry(entry, source) for entry in feed.entries[:MOST_ENTRIES]]
    return [entry for entry in entries if entry is not None]


def page_item(fetched: Fetched) -> SourceItem | None:
    """What a page says, without what stands around it; None where it says nothing that may be shown."""
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(_decoded(fetched))
    title = page.css_first("title")
    page.strip_tags(list(NOT_TEXT))
    body = page.css_first("main") or page.css_first("article") or page.body
    text = body.text(separator=" ", strip=True) if body is not None else ""
    heading = title.text(strip=True) if title is not None else ""
    host = urlsplit(fetched.url).hostname or ""
    return _item(heading or fetched.url, text, fetched.url, host, _http_date(fetched.last_modified))


def _entry(entry: Mapping[str, Any], source: str) -> SourceItem | None:
    url = str(entry.get("link", ""))
    if urlsplit(url).scheme not in ("http", "https"):
        return None
    at: Any = entry.get("published_parsed") or entry.get("updated_parsed")
    published = datetime.fromtimestamp(calendar.timegm(at), UTC) if at else None
    return _item(_clean(entry.get("title", "")) or url, _clean(entry.get("summary", "")), url, source, published)


def _item(title: str, text: str, url: str, source: str, published: datetime | None) -> SourceItem | None:
    """None where the text gives orders: there is no harmless half of such a text."""
    if gives_orders(f"{title}\n{text[: 10 * SUMMARY_CHARS]}\n{url}"):
        return None
    return SourceItem(
        title=mask(title)[0][:TITLE_CHARS],
        url=url[:2_000],
        source=source,
        published=published,
        summary=mask(text[: 2 * SUMMARY_CHARS])[0][:SUMMARY_CHARS],
    )


def _clean(markup: Any) -> str:
    from selectolax.lexbor import LexborHTMLParser

    parsed = LexborHTMLParser(str(markup))
    return parsed.body.text(separator=" ", strip=True) if parsed.body is not None else ""


def _decoded(fetched: Fetched) -> str:
    """By what the server says, else what the page says, else UTF-8; a wrong word costs letters and not the page."""
    head = fetched.body[:2_048].decode("latin-1")
    for said in (CHARSET.search(fetched.content_type), CHARSET.search(head)):
        try:
            return fetched.body.decode(said.group(1) if said else "utf-8")
        except (LookupError, UnicodeDecodeError):
            continue
    return fetched.body.decode("utf-8", "replace")


def _http_date(said: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(said).astimezone(UTC) if said else None
    except ValueError:
        return None
