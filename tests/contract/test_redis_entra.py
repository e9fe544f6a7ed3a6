"""Redis by Entra tokens: over TLS, as the user that the token names, with each new token and without an old one."""

import asyncio
import ssl
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from redis import Redis

from adapters.fact_search import RediSearchRanking
from adapters.memory import RedisMemory
from adapters.shared_redis import SharedRedis
from shared.errors import SettingsError, Unavailable
from shared.settings import read
from shared.thinking import Turn
from tests.certificates import certificate
from tests.services import redis_server
from triggers.services import Services


class Entra:
    """Gives tokens that the server takes, as the user they name, until they run out."""

    def __init__(self, server: Redis, life_s: int = 3600):
        self.server = server
        self.user = str(uuid.uuid4())
        self.life_s = life_s
        self.given: list[str] = []
        self.down = False

    def __call__(self) -> "Entra":
        return self

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        assert scopes == ("https://redis.azure.com/.default",)
        if self.down:
            raise ClientAuthenticationError("the identity endpoint is away")
        expires = int(time.time()) + self.life_s
        claims = {"oid": self.user, "exp": expires, "jti": uuid.uuid4().hex}
        token = jwt.encode(claims, uuid.uuid4().hex, "HS256")
        self.server.execute_command("ACL", "SETUSER", self.user, "on", f">{token}", "~*", "+@all")
        self.given.append(token)
        return AccessToken(token, expires)

    def sign_ins(self) -> int:
        return self.server.info("commandstats").get("cmdstat_auth", {}).get("calls", 0)  # pyright: ignore

    def run_out(self) -> None:
        """What was given is worth nothing any more; the service then closes the connections opened with it."""
        self.server.execute_command("ACL", "SETUSER", self.user, "resetpass")
        self.server.execute_command("CLIENT", "KILL", "USER", self.user)


@asynccontextmanager
async def over_tls(port: int, folder: Path) -> AsyncGenerator[str]:
    """The URL of the server behind TLS; the binary at hand speaks none itself."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pass_on(reader, inner_writer), pass_on(inner_reader, writer), return_exceptions=True)

    own = certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    yield f"rediss://127.0.0.1:{server.sockets[0].getsockname()[1]}/0?ssl_ca_certs={own}"
    server.close()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Redis]:
    """One of its own, in which only the test itself and who has a token may do anything."""
    with redis_server(tmp_path) as url:
        admin = Redis.from_url(url, decode_responses=True, username="admin", password="")
        opening = Redis.from_url(url, decode_responses=True)
        opening.acl_setuser("admin", enabled=True, nopass=True, keys=["*"], categories=["+@all"])
        opening.close()
        admin.acl_setuser("default", enabled=False)
        yield admin
        admin.close()


@pytest.fixture
async def url(server: Redis, tmp_path: Path) -> AsyncIterator[str]:
    port: int = server.connection_pool.connection_kwargs["port"]
    async with over_tls(port, tmp_path) as url:
        yield url


async def who(redis: SharedRedis) -> str:
    return await redis.ask(lambda client: client.execute_command("ACL", "WHOAMI"))


async def until(there: Callable[[], bool]) -> None:
    for _ in range(200):
        if there():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come")


async def test_what_several_adapters_share_signs_in_as_the_user_of_the_token(server: Redis, url: str):
    entra = Entra(server)
    redis = SharedRedis(url, entra)
    assert await who(redis) == entra.user
    await redis.close()


async def test_without_a_token_nothing_is_open(url: str):
    redis = SharedRedis(url)
    with pytest.raises(Unavailable, match="Authentication required"):
        await who(redis)
    await redis.close()


async def test_conversations_are_kept_as_that_user(server: Redis, url: str):
    memory = RedisMemory(url, Entra(server))
    turn = Turn(id="m-1", role="user", text="the VPN drops")
    await memory.append("t", "u-1", "a", [turn])
    assert [kept.text for kept in await memory.read("t", "u-1", "a")] == ["the VPN drops"]
    await memory.close()


async def test_ranking_asks_the_server_over_the_same_connection(server: Redis, url: str):
    """This server cannot search, and says so, instead of that it does not know who asks."""
    entra = Entra(server)
    redis = SharedRedis(url, entra)
    assert await who(redis) == entra.user

    class Searching(RediSearchRanking):
        async def can_search(self) -> bool:
            return True

    signed_in = entra.sign_ins()
    assert await Searching(redis).best("owner", "vpn") is None
    errors: dict[str, Any] = server.info("errorstats")  # pyright: ignore
    assert entra.sign_ins() == signed_in
    assert "errorstat_ERR" in errors
    assert "errorstat_NOAUTH" not in errors
    await redis.close()


async def test_by_the_setting_every_store_signs_in(server: Redis, url: str, monkeypatch: pytest.MonkeyPatch):
    entra = Entra(server)
    monkeypatch.setattr("adapters.redis_client.ambient_identity", entra)
    services = Services(read({"REDIS_URL": url, "REDIS_CREDENTIAL": "entra"}))
    await services.memory.check()
    assert await services.user_memory.known("t", "u-1") == ()
    clients: list[dict[str, str]] = server.client_list()  # pyright: ignore
    assert [client["user"] for client in clients].count(entra.user) == 2


async def test_an_open_connection_is_given_each_new_token(server: Redis, url: str):
    entra = Entra(server, life_s=2)
    redis = SharedRedis(url, entra)
    await who(redis)
    first = entra.sign_ins()
    await until(lambda: entra.sign_ins() > first)
    clients: list[dict[str, str]] = server.client_list()  # pyright: ignore
    assert [client["user"] for client in clients].count(entra.user) == 1
    assert await who(redis) == entra.user
    await redis.close()


async def test_a_connection_that_the_service_dropped_is_opened_with_a_token_of_now(server: Redis, url: str):
    entra = Entra(server)
    redis = SharedRedis(url, entra)
    await who(redis)
    given = len(entra.given)
    entra.run_out()
    assert await who(redis) == entra.user
    assert len(entra.given) > given
    await redis.close()


async def test_while_entra_is_away_redis_is_and_afterwards_tokens_are_renewed_again(
    server: Redis, url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("adapters.shared_redis.LEFT_ALONE_S", 0.0)
    entra = Entra(server, life_s=2)
    redis = SharedRedis(url, entra)
    entra.down = True
    with pytest.raises(Unavailable, match="Entra gave no token"):
        await who(redis)
    entra.down = False
    assert await who(redis) == entra.user
    entra.down = True
    await asyncio.sleep(2)
    entra.run_out()
    with pytest.raises(Unavailable):
        await who(redis)
    entra.down = False
    assert await who(redis) == entra.user
    given = len(entra.given)
    await until(lambda: len(entra.given) >= given + 2)  # the first may be what renewing begins with
    await redis.close()


async def test_entra_does_not_stop_the_event_loop(server: Redis, url: str):
    class Slow(Entra):
        def get_token(self, *scopes: str, **more: Any) -> AccessToken:
            time.sleep(0.3)
            return super().get_token(*scopes, **more)

    beats: list[float] = []

    async def beat() -> None:
        while True:
            beats.append(time.monotonic())
            await asyncio.sleep(0.01)

    redis = SharedRedis(url, Slow(server))
    async with asyncio.TaskGroup() as group:
        beating = group.create_task(beat())
        await who(redis)
        beating.cancel()
    assert len(beats) >= 10
    await redis.close()


@pytest.mark.parametrize("address", ["redis://cache.example.com:10000/0", ""])
def test_a_token_is_not_sent_in_the_clear(address: str):
    with pytest.raises(SettingsError, match="does not begin with rediss://"):
        read({"REDIS_CREDENTIAL": "entra", "REDIS_URL": address})
