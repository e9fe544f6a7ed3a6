"""Plain objects in the place of the protobuf classes that the worker library is given by its host."""

from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any

from .protocol import HttpRequestValue, HttpResponseValue, TypedValue


class TypedData:
    """One value that knows its kind, as the worker library asks for it with `WhichOneof`."""

    __slots__ = ("kind", "value")

    def __init__(self, **kind_and_value: Any) -> None:
        ((self.kind, self.value),) = kind_and_value.items()

    def __getattr__(self, name: str) -> Any:
        if name == self.kind:
            return self.value
        raise AttributeError(name)

    def WhichOneof(self, _group: str) -> str:
        return self.kind


class Parameter:
    """One named input of an invocation."""

    __slots__ = ("data", "name")

    def __init__(self, name: str, data: TypedData) -> None:
        self.name = name
        self.data = data

    def WhichOneof(self, _group: str) -> str:
        return "data"


class Message(SimpleNamespace):
    """Any message whose fields are only carried from the library to the host."""


class BindingInfo(Message):
    in_, out, inout = 0, 1, 2
    undefined, string, binary, stream = 0, 1, 2, 3


class StatusResult(Message):
    Failure, Success, Cancelled = 0, 1, 2


class RpcHttpCookie(Message):
    SameSite = SimpleNamespace(**{"None": None, "Lax": "Lax", "Strict": "Strict", "ExplicitNone": "None"})


_CARRIED = (
    "FunctionLoadResponse",
    "FunctionMetadataResponse",
    "InvocationResponse",
    "NullableBool",
    "NullableDouble",
    "NullableString",
    "NullableTimestamp",
    "ParameterBinding",
    "RpcException",
    "RpcFunctionMetadata",
    "RpcHttp",
    "RpcRetryOptions",
    "Timestamp",
    "WorkerInitResponse",
    "WorkerMetadata",
)
PROTOS = SimpleNamespace(
    TypedData=TypedData,
    BindingInfo=BindingInfo,
    StatusResult=StatusResult,
    RpcHttpCookie=RpcHttpCookie,
    **dict.fromkeys(_CARRIED, Message),
)


def to_typed_data(value: TypedValue) -> TypedData:
    kind, content = value
    if kind != "http":
        return TypedData(**{kind: content})
    request: HttpRequestValue = content
    return TypedData(
        http=SimpleNamespace(
            method=request.method,
            url=request.url,
            headers=request.headers,
            params=request.params,
            query=request.query,
            body=TypedData(bytes=request.body),
        )
    )


def from_typed_data(data: TypedData | None) -> TypedValue | None:
    if data is None or data.value is None:
        return None
    return (data.kind, _http_response(data.value)) if data.kind == "http" else (data.kind, data.value)


def _http_response(http: Any) -> HttpResponseValue:
    body = http.body.value
    return HttpResponseValue(
        status=int(http.status_code),
        headers=dict(http.headers),
        cookies=tuple(_set_cookie(cookie) for cookie in http.cookies or ()),
        body=body.encode() if isinstance(body, str) else bytes(body or b""),
    )


def _set_cookie(cookie: Any) -> str:
    jar: SimpleCookie = SimpleCookie()
    jar[cookie.name] = cookie.value
    morsel = jar[cookie.name]
    if cookie.expires is not None:
        morsel["expires"] = _http_date(cookie.expires.value.seconds)
    for attribute, given in (
        ("domain", cookie.domain),
        ("path", cookie.path),
        ("secure", cookie.secure),
        ("httponly", cookie.http_only),
        ("max-age", cookie.max_age),
    ):
        if given is not None and given.value not in ("", False):
            morsel[attribute] = int(given.value) if attribute == "max-age" else given.value
    if cookie.same_site is not None:
        morsel["samesite"] = cookie.same_site
    return morsel.OutputString()


def _http_date(seconds: int) -> str:
    from email.utils import formatdate

    return formatdate(seconds, usegmt=True)
