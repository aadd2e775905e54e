"""HTTP to addresses that a person typed in, without becoming a way into the firm's own network.

The name is resolved once, every address is judged, and the connection goes to the very address that was judged: a name
that answers differently a moment later gains nothing. Redirects are not followed.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from passend.errors import InvalidAddress

Resolve = Callable[[str, int], Sequence[str]]
_LARGEST = 64_000


@dataclass(frozen=True)
class Response:
    """What the other side answered.

    Attributes:
        status: of HTTP.
        body: its first 64 kB.
        retry_after: seconds that it asked for; 0 for none.
    """

    status: int
    body: str
    retry_after: float = 0.0


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name."""
    return sorted({str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})


@dataclass(frozen=True)
class SafeLine:
    """Posts to the outside world.

    Attributes:
        timeout: seconds for each step of the answer; the whole of it may take twice as long.
        allowed: addresses inside the firm that are meant, such as ``10.0.0.7``.
        resolve: finds the addresses of a name.
        tls: other certificates than the system's.
    """

    timeout: float = 10.0
    allowed: frozenset[str] = frozenset()
    resolve: Resolve = resolved
    tls: ssl.SSLContext | None = None

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Post once; whatever is answered is told.

        Raises:
            InvalidAddress: the web address is none, or lies inside the firm's network.
            OSError: nothing was answered.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise InvalidAddress(
                "This is no web address that can be posted to",
                record=url[:200],
                remedy="Begin it with https://.",
            )
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = self._judged(parts.hostname, port)
        line = _Line(parts.hostname, port, address, self.timeout, self._context(parts.scheme))
        limit = threading.Timer(2 * self.timeout, line.cut)
        limit.daemon = True
        limit.start()
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            line.request("POST", path, body, {**headers, "Content-Length": str(len(body))})
            answer = line.getresponse()
            said = answer.read(_LARGEST).decode("utf-8", "replace")
        except http.client.HTTPException as problem:
            raise OSError(f"the answer cannot be read: {problem!r}") from problem
        finally:
            limit.cancel()
            line.close()
        wait = answer.getheader("Retry-After", "")
        return Response(answer.status, said, float(wait) if wait.isdecimal() else 0.0)

    def _judged(self, host: str, port: int) -> str:
        found = self.resolve(host, port)
        for one in found:
            if one not in self.allowed and not is_outside(one):
                raise InvalidAddress(
                    "This web address lies inside a network of its own",
                    record=f"{host} has the address {one}",
                    remedy="Take a public address, or allow this one in the settings.",
                )
        if not found:
            raise OSError(f"{host} has no address")
        return found[0]

    def _context(self, scheme: str) -> ssl.SSLContext | None:
        return (self.tls or ssl.create_default_context()) if scheme == "https" else None


def is_outside(address: str) -> bool:
    """Whether an IP address is one of the public internet, also where it hides in another form."""
    try:
        found = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            return is_outside(str(inner))
        if found in ipaddress.ip_network("64:ff9b::/96"):
            return is_outside(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast


class _Line(http.client.HTTPConnection):
    """A connection to an address that was judged, under the name that was asked for."""

    def __init__(
        self, host: str, port: int, address: str, timeout: float, context: ssl.SSLContext | None
    ) -> None:
        super().__init__(host, port, timeout=timeout)
        self._address, self._context = address, context

    def cut(self) -> None:
        """End the call, though something may still trickle in."""
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)

    def connect(self) -> None:
        """To the judged address; the certificate is that of the name."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)
