"""A cycle on a topic: what its sources have, and nothing that they have not."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.stack.desk import running
from tests.stack.watch import ARTIFACTS, artifact, over, started


def feed() -> bytes:
    """Two items on the topic, one beside it, and one that is too old to be news."""
    items = (("VPN gateways patched", 1), ("A VPN protocol retired", 2), ("Printers replaced", 1), ("VPN in 1999", 60))
    now = datetime.now(UTC)
    told = "".join(
        f"<item><title>{title}</title><link>https://news.example/{number}</link><description>{title}.</description>"
        f"<pubDate>{format_datetime(now - timedelta(days=days), usegmt=True)}</pubDate></item>"
        for number, (title, days) in enumerate(items)
    )
    return f'<rss version="2.0"><channel><title>News</title>{told}</channel></rss>'.encode()


class Feeds(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path == "/news"
        self.send_response(200 if found else 500)
        self.send_header("Content-Type", "application/rss+xml")
        self.end_headers()
        self.wfile.write(feed() if found else b"")

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Feeds)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{serving.server_port}"
    finally:
        serving.shutdown()
        thread.join(5)
        serving.server_close()


def test_a_topic_is_looked_up_in_its_sources_and_a_source_that_fails_is_named(tmp_path: Path, server: str) -> None:
    lists = {"watch": {"feeds": [f"{server}/news", f"{server}/broken"]}}
    with running(tmp_path, {"SOURCES": json.dumps(lists), "SOURCE_LOOPBACK": "true"}) as desk:
        found = over(desk, started(desk, "VPN"))
        cycle = found["cycle_id"]
        collection = artifact(desk, cycle, "collection.json").json()
        brief = artifact(desk, cycle, "daily_brief.md").text
        empty = over(desk, started(desk, "zzqx vrrp"))
    assert (found["status"], found["subject"], found["artifacts"]) == ("completed", "VPN", ARTIFACTS)
    sources = [item["source"] for item in collection["items"]]
    assert sorted(one for one in sources if one.startswith("https:")) == [
        "https://news.example/0", "https://news.example/1",
    ]  # fmt: skip
    assert any(one.startswith("/api/knowledge/vpn") for one in sources)
    assert "https://news.example/0" in brief
    assert found["degraded"] == ["source:127.0.0.1"]
    assert found["metrics"]["api_calls"] == 6 + 2
    assert empty["status"] == "completed"
    assert empty["metrics"]["checks"][0] == {"name": "items", "passed": True, "detail": "0 items"}
