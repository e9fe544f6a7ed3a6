"""Fetches over HTTP what the settings allow, and nothing else: no private address, no strange host, no flood."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

MOST_REDIRECTS = 3
CHUNK_BYTES = 65_536
AGENT = "helpdesk-research"


class NotFetched(Exception):
    """Why something was not fetched, in words for the task."""


@dataclass(frozen=True)
class Fetched:
    url: str
    body: bytes
    content_type: str
    last_modified: str | None


@dataclass(frozen=True)
class Limits:
    """`hosts` may be asked, also by a redirect; `loopback` lets them stand on this machine."""

    hosts: frozenset[str]
    timeout_s: float
    most_bytes: int
    loopback: bool = False


async def fetch(url: str, accepted: Iterable[str], limits: Limits) -> Fetched:
    """GET, follow allowed redirects, and read so much and no more. Raises NotFetched."""
    try:
        async with asyncio.timeout(limits.timeout_s), _session(limits) as session:
            return await _follow(session, url, tuple(accepted), limits)
    except TimeoutError as error:
        raise NotFetched(f"no answer within {limits.timeout_s:g} s") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise NotFetched(f"cannot be read ({type(error).__name__})") from error


def _session(limits: Limits) -> aiohttp.ClientSession:
    """Past any proxy, which would look names up itself."""
    connector = aiohttp.TCPConnector(resolver=_PublicResolver(limits.loopback), use_dns_cache=False)
    return aiohttp.ClientSession(connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())


async def _follow(session: aiohttp.ClientSession, url: str, accepted: tuple[str, ...], limits: Limits) -> Fetched:
    for _ in range(MOST_REDIRECTS + 1):
        _refuse_strange(url, limits)
        async with session.get(url, allow_redirects=False, headers={"User-Agent": AGENT}) as response:
            if response.status in (301, 302, 303, 307, 308):
                url = urljoin(url, response.headers.get("Location", ""))
                continue
            if response.status != 200:
                raise NotFetched(f"answered {response.status}")
            if not response.content_type.endswith(accepted):
                raise NotFetched(f"is {response.content_type[:60]}, which is not read here")
            body = await _read(response, limits.most_bytes)
            kind = response.headers.get("Content-Type", "")
            return Fetched(url, body, kind, response.headers.get("Last-Modified"))
    raise NotFetched("redirects too often")


async def _read(response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
        body += chunk
        if len(body) > most_bytes:
            raise NotFetched(f"has more than {most_bytes} bytes")
    return bytes(body)


def _refuse_strange(url: str, limits: Limits) -> None:
    """An address is checked here when it stands in the URL itself, else when its name is looked up."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host not in limits.hosts or parts.username is not None:
        raise NotFetched(f"leads to {host[:100] or 'nowhere'}, which is not allowed")
    if parts.scheme != "https" and not (parts.scheme == "http" and limits.loopback):
        raise NotFetched("is not https")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return
    _refuse_private(str(address), limits.loopback)


def _refuse_private(address: str, loopback: bool) -> None:
    known = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    if not (known.is_global and not known.is_multicast) and not (loopback and known.is_loopback):
        raise NotFetched("leads to an address that is not public")


class _PublicResolver(AbstractResolver):
    """The connection goes to the very addresses that were checked, so a name cannot change its mind in between."""

    def __init__(self, loopback: bool):
        self._loopback = loopback

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found: list[Any] = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        for *_, address in found:
            _refuse_private(address[0], self._loopback)
        return [
            ResolveResult(
                hostname=host, host=address[0], port=port, family=kind, proto=protocol, flags=socket.AI_NUMERICHOST
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        return None
