"""The console channel: the operator's page and its files.

They hold no data and need no key: whatever the page shows it reads from the other doors, as anybody would.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import azure.durable_functions as df
import azure.functions as func

from triggers.conditional import as_asked
from triggers.operations import Content, described
from triggers.security_headers import OF_PAGES

bp = df.Blueprint()

FOLDER = Path(__file__).parents[1] / "console"
PAGE = "index.html"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
SECURITY = {
    **OF_PAGES,
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types dompurify"
    ),
}
FOR_EVER = "public, max-age=31536000, immutable"


class Site(NamedTuple):
    """The console's files by path; `edition` changes with any of them, and is part of their addresses."""

    files: dict[str, bytes]
    edition: str


@bp.route(route="console/{*path}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@described(answers={200: tuple(Content(kind.partition(";")[0]) for kind in TYPES.values()), 404: Content("text/plain")})
async def console(req: func.HttpRequest) -> func.HttpResponse:
    path = str(req.route_params.get("path") or "").strip("/")
    found = site()
    if not path:
        page = found.files[PAGE].replace(b"{edition}", found.edition.encode())
        return _file(req, PAGE, page, "no-cache")
    edition, _, name = path.partition("/")
    if name == PAGE or name not in found.files:
        return func.HttpResponse(status_code=404, headers=SECURITY)
    # During a roll-out a page may ask an instance of the other edition: better that file than none, but not for long.
    return _file(req, name, found.files[name], FOR_EVER if edition == found.edition else "no-store")


@cache
def site() -> Site:
    """All that is served: nothing else in the folder, and nothing outside it, can be asked for."""
    paths = sorted(path for path in FOLDER.rglob("*") if path.suffix in TYPES)
    files = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in paths}
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name}\n{len(content)}\n".encode() + content)
    return Site(files, digest.hexdigest()[:16])


def _file(req: func.HttpRequest, name: str, content: bytes, caching: str) -> func.HttpResponse:
    kind = TYPES[Path(name).suffix]
    headers = {**SECURITY, "Cache-Control": caching}
    return as_asked(req, func.HttpResponse(content, status_code=200, headers=headers, mimetype=kind))
