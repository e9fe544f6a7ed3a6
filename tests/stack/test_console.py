"""The console's page and files: what is served, how long it is kept, and what is not."""

import re

import pytest

from tests.stack.desk import Desk


def edition(desk: Desk) -> str:
    found = re.search(r'src="console/([0-9a-f]{16})/app\.js"', desk.api.get("/console").text)
    assert found
    return found[1]


def test_the_page_needs_no_key_and_brings_a_strict_policy(desk: Desk) -> None:
    page = desk.api.get("/console")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bon\w+=|\bstyle=|https?://", page.text)


def test_the_page_is_asked_for_again_and_its_files_are_kept_for_ever(desk: Desk) -> None:
    page = desk.api.get("/console")
    assert page.headers["Cache-Control"] == "no-cache"
    assert desk.api.get("/console", headers={"If-None-Match": page.headers["ETag"]}).status_code == 304
    own = edition(desk)
    for name, kind in (("app.js", "text/javascript"), ("style/base.css", "text/css"), ("icon.svg", "image/svg+xml")):
        file = desk.api.get(f"/console/{own}/{name}")
        assert file.headers["Content-Type"].startswith(kind)
        assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Content-Security-Policy" in file.headers


def test_a_file_of_another_edition_is_not_kept(desk: Desk) -> None:
    file = desk.api.get("/console/0123456789abcdef/app.js")
    assert (file.status_code, file.headers["Cache-Control"]) == (200, "no-store")


def test_the_libraries_are_served_with_their_licences(desk: Desk) -> None:
    for name in ("preact", "htm", "marked", "dompurify"):
        assert desk.api.get(f"/console/{edition(desk)}/vendor/{name}.js").status_code == 200
        assert "icens" in desk.api.get(f"/console/{edition(desk)}/vendor/{name}.LICENSE.txt").text


@pytest.mark.parametrize(
    "path",
    [
        "package.json", "vendored.py", "vendor/vendored.json", ".npmrc", "../host.json", "..%2f..%2fhost.json",
        "%2e%2e/%2e%2e/local.settings.json", "nothing.js", "vendor", "index.html", "//etc/passwd",
    ],
)  # fmt: skip
def test_nothing_else_is_served(desk: Desk, path: str) -> None:
    for prefix in (f"/console/{edition(desk)}", "/console/x", "/console"):
        assert desk.api.get(f"{prefix}/{path}").status_code == 404
