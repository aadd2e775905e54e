"""Answers carry a tag of what they say; who has them already is told so in a few bytes (ETag, If-None-Match)."""

from hashlib import blake2b

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX = "/v1/"
#: What tells of a person is kept by nobody on the way.
PERSONAL = "/customers/"
_NAMED = b"customer="
_KEPT = (b"cache-control", b"private, no-cache")


class Tags:
    """Wraps the application.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        if not _is_tagged(scope):
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def sending(message: Message) -> None:
            if not held and not _begins(message):
                await send(message)
                return
            held.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                for one in _answer(scope, held):
                    await send(one)
                held.clear()

        await self._app(scope, receive, sending)


def _is_tagged(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path: str = scope["path"]
    return path.startswith(PREFIX) and PERSONAL not in path and _NAMED not in scope["query_string"]


def _begins(message: Message) -> bool:
    """Whether an answer begins that says something and has no tag of its own, as the widget's script has."""
    if message["type"] != "http.response.start" or message["status"] != 200:
        return False
    return all(name.lower() != b"etag" for name, _ in message["headers"])


def _answer(scope: Scope, held: list[Message]) -> list[Message]:
    start, *parts = held
    body = b"".join(one.get("body", b"") for one in parts)
    tag = b'"' + blake2b(body, digest_size=12).hexdigest().encode() + b'"'
    known = b",".join(value for name, value in scope["headers"] if name == b"if-none-match")
    told = [(b"etag", tag), _KEPT]
    if tag in (one.strip().removeprefix(b"W/") for one in known.split(b",")):
        return [{**start, "status": 304, "headers": told}, {"type": "http.response.body", "body": b""}]
    return [{**start, "headers": [*start["headers"], *told]}, {"type": "http.response.body", "body": body}]
