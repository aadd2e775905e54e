"""A small provider of OpenID Connect, on this computer: real HTTP, real keys, real signatures, made without the library
under test. Its people approve everything at once; what it says can be spoilt in every way that an attacker might."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT, SECRET = "passend-of-the-firm", "s3cret/of+the=client"


def plain(raw: bytes) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _json(value: Any) -> str:
    return plain(json.dumps(value).encode())


def _number(value: int) -> str:
    return plain(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@dataclass
class Key:
    """A key that signs."""

    kid: str
    private: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    def public(self) -> dict[str, str]:
        """As it stands in the provider's list."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": _number(numbers.n),
            "e": _number(numbers.e),
        }  # fmt: skip

    def signed(self, claims: dict[str, Any], **header: Any) -> str:
        """A token."""
        text = f"{_json({'alg': 'RS256', 'kid': self.kid, 'typ': 'JWT', **header})}.{_json(claims)}"
        mark = self.private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{plain(mark)}"


@dataclass
class Provider:
    """What the provider knows, and how it is spoilt.

    Attributes:
        person: claims of whoever logs in.
        spoils: claims that are said instead of the true ones.
        describes: parts of the description that are said instead.
        signs: the key that signs; those of ``keys`` are published.
        token: makes the token another way.
        told: parameters of each call to the page where people log in.
        taken: parameters and headers of each call that exchanges a code.
    """

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    further: dict[str, Any] = field(default_factory=dict)
    spoils: dict[str, Any] = field(default_factory=dict)
    describes: dict[str, Any] = field(default_factory=dict)
    denies: dict[str, str] = field(default_factory=dict)
    says_issuer: str = ""
    signs: Key = field(default_factory=lambda: Key("one"))
    keys: list[Key] = field(default_factory=list)
    token: Any = None
    delay: float = 0.0
    told: list[dict[str, str]] = field(default_factory=list)
    taken: list[dict[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def description(self) -> dict[str, Any]:
        """What stands at the well-known address."""
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/person", "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"], **self.describes,
        }  # fmt: skip

    def approve(self, asked: dict[str, str]) -> str:
        """Where the browser goes after somebody has logged in."""
        self.told.append(asked)
        back = {"state": asked["state"]} | ({"iss": self.says_issuer} if self.says_issuer else {})
        if self.denies:
            return f"{asked['redirect_uri']}?{urlencode(self.denies | back)}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code} | back)}"

    def exchange(self, given: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Tokens for a code, once, for the client that began, with its proof."""
        self.taken.append(given)
        wanted = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorization != f"Basic {wanted}":
            return 401, {"error": "invalid_client", "error_description": "the secret is wrong"}
        asked = self.codes.pop(given.get("code", ""), None)
        if asked is None:
            return 400, {"error": "invalid_grant", "error_description": "the code was used already"}
        proof = plain(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        if (
            proof != asked["code_challenge"]
            or given.get("redirect_uri") != asked["redirect_uri"]
            or given.get("grant_type") != "authorization_code"
        ):
            return 400, {"error": "invalid_grant", "error_description": "the proof does not fit"}
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": asked["client_id"], "iat": now, "exp": now + 300, "nonce": asked["nonce"],
            **self.person, **self.spoils,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        token = self.token(claims) if self.token else self.signs.signed(claims)
        return 200, {
            "access_token": "access-" + given["code"],
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": token,
        }


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        parts, known = urlsplit(self.path), self.provider
        known.asked.append(parts.path)
        time.sleep(known.delay)
        if parts.path in known.answers:
            self._raw(*known.answers[parts.path])
        elif parts.path == "/.well-known/openid-configuration":
            self._say(200, known.description())
        elif parts.path == "/keys":
            self._say(200, {"keys": [one.public() for one in known.keys]})
        elif parts.path == "/authorize":
            self.send_response(302)
            self.send_header("location", known.approve(dict(parse_qsl(parts.query))))
            self.end_headers()
        elif parts.path == "/person" and self.headers.get("authorization", "").startswith("Bearer access-"):
            self._say(200, known.further)
        else:
            self._say(404, {"error": "not_found"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.provider.asked.append(self.path)
        time.sleep(self.provider.delay)
        if self.path in self.provider.answers:
            self._raw(*self.provider.answers[self.path])
            return
        given = {name: values[0] for name, values in parse_qs(body).items()}
        self._say(*self.provider.exchange(given, self.headers.get("authorization", "")))

    def _say(self, status: int, value: Any) -> None:
        self._raw(status, json.dumps(value).encode())

    def _raw(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def providing(provider: Provider, port: int = 0) -> Iterator[Provider]:
    """Let it answer as long as the block lasts; it can be gone and come back at the same port."""
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"provider": provider}))
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    provider.keys = provider.keys or [provider.signs]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
