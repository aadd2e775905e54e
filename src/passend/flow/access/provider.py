"""The firm's sign-in provider (OpenID Connect): the way to it, and what its answer is worth.

Authorization code flow with PKCE. All three secrets of a login (state, nonce, verifier) are made from the one that the
browser's cookie holds, so nothing secret is kept here between the way out and the way back.

Nothing waits for a provider that is down: calls have a limit of time and of number, and a failure is remembered for
some seconds. Whoever logs in by a password never comes by here.
"""

import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, ClaimError, ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from passend.errors import NotLetIn
from passend.flow.access.sign_on import SignOn, is_secure

#: Signatures that only the provider can make: never "none", and never one of a shared secret.
ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
SCOPE = "openid email profile"
#: Seconds: by which clocks may differ, for which a description is believed, and a failure.
_LEEWAY, _BELIEVED, _FAILED = 60, 3600.0, 10.0
#: Calls to the provider at once: the other threads of the process stay free for everybody else.
_AT_ONCE = 12
_SAID = 200
#: What a provider says where it and passend are not set up to fit each other.
_SET_UP = frozenset({"invalid_client", "unauthorized_client", "invalid_request", "invalid_scope"})


class Provider:
    """The provider as one process knows it.

    Args:
        sign_on: what is set about it.
    """

    def __init__(self, sign_on: SignOn) -> None:
        self.sign_on = sign_on
        self._places = BoundedSemaphore(_AT_ONCE)
        self._lock = Lock()
        self._described: Mapping[str, Any] | None = None
        self._keys: KeySet | None = None
        self._until = self._silent_until = 0.0

    def way_out(self, secret: str, language: str) -> str:
        """The provider's address for a login that begins in a browser.

        Args:
            secret: what the browser's cookie holds.
            language: of the provider's pages, where it knows it.

        Raises:
            NotLetIn: the provider cannot be reached, or is another one than is set.
        """
        with self._calling() as client:
            described = self._description(client)
            address, _ = client.create_authorization_url(
                described["authorization_endpoint"], state=state_of(secret), nonce=_made(secret, "nonce"),
                code_verifier=_made(secret, "verifier"), ui_locales=language,
            )  # fmt: skip
        return str(address)

    def way_back(self, secret: str, code: str, issuer: str = "") -> dict[str, Any]:
        """What the provider says of the person who came back with a code.

        Args:
            secret: what the browser's cookie holds.
            code: good once, at the provider.
            issuer: who says that it sent the person, where it says so (RFC 9207).

        Raises:
            NotLetIn: the provider does not take the code, cannot be reached, or its answer does not hold.
        """
        with self._calling() as client:
            described = self._description(client)
            wants_issuer = described.get("authorization_response_iss_parameter_supported") is True
            if (issuer or wants_issuer) and issuer != self.sign_on.issuer:
                raise _not_meant("iss")
            client.token_endpoint_auth_method = self._authentication(described)
            answer = client.fetch_token(
                described["token_endpoint"], grant_type="authorization_code", code=code,
                code_verifier=_made(secret, "verifier"), redirect_uri=self.sign_on.back,
            )  # fmt: skip
            claims = self._checked(client, described, answer, _made(secret, "nonce"))
            if "email" not in claims and described.get("userinfo_endpoint"):
                claims = self._further(client, described["userinfo_endpoint"], claims)
            return claims

    @contextmanager
    def _calling(self) -> Iterator[Any]:
        """A line to the provider; what goes wrong on it is told in words."""
        if time.monotonic() < self._silent_until:
            raise _down(self.sign_on.issuer)
        if not self._places.acquire(blocking=False):
            raise NotLetIn(
                "Too many people log in at the firm's provider right now.",
                remedy="Try again in a moment.",
                is_down=True,
            )
        set_up = self.sign_on
        try:
            with OAuth2Client(
                set_up.client_id, set_up.client_secret or None, scope=SCOPE, redirect_uri=set_up.back,
                code_challenge_method="S256", timeout=set_up.timeout,
            ) as client:  # fmt: skip
                yield client
        except OAuthError as problem:
            raise refused(str(problem.error), str(problem.description or "")) from problem
        except ExpiredTokenError as problem:
            raise NotLetIn(
                "The answer of the firm's provider is too old.",
                remedy="Set the clocks of both computers right.",
            ) from problem
        except ClaimError as problem:
            raise _not_meant(problem.claim) from problem
        except JoseError as problem:
            raise NotLetIn(
                "The answer of the firm's provider does not bear its signature.",
                remedy="Try again; if it stays so, tell an administrator: somebody may stand in between.",
            ) from problem
        except httpx2.TransportError as problem:
            self._silent_until = time.monotonic() + _FAILED
            raise _down(set_up.issuer) from problem
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, TypeError, KeyError) as problem:
            # Not remembered: whoever makes the provider stumble over a made-up code must not bar the way for others.
            raise NotLetIn(
                f"The firm's provider does not answer as OpenID Connect wants it: {set_up.issuer}.",
                remedy="Try again in a minute; if it stays so, an administrator looks at sso.issuer.",
                is_down=True,
            ) from problem
        finally:
            self._places.release()

    def _description(self, client: Any) -> Mapping[str, Any]:
        """What the provider publishes about itself; looked at anew each hour."""
        with self._lock:
            if self._described is not None and time.monotonic() < self._until:
                return self._described
        found = _read(client, self.sign_on.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != self.sign_on.issuer:
            raise NotLetIn(
                f"The provider at '{self.sign_on.issuer}' calls itself '{str(found.get('issuer'))[:_SAID]}'.",
                remedy="Set sso.issuer to exactly what it calls itself.",
            )
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_secure(str(found[name])):
                raise NotLetIn(
                    f"The provider names no address with https as its {name}.",
                    remedy="Ask those who run the provider.",
                )
        with self._lock:
            self._described, self._keys, self._until = found, None, time.monotonic() + _BELIEVED
        return found

    def _authentication(self, described: Mapping[str, Any]) -> str:
        """How passend shows its secret."""
        if not self.sign_on.client_secret:
            return "none"
        known = described.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"

    def _checked(
        self, client: Any, described: Mapping[str, Any], answer: Mapping[str, Any], nonce: str
    ) -> dict[str, Any]:
        """The claims of the answer, if it is signed by the provider, for us, for this login, and holds now."""
        known = described.get("id_token_signing_alg_values_supported") or ["RS256"]
        registry = JWSRegistry(
            algorithms=[one for one in ALGORITHMS if one in known], strict_check_header=False
        )
        text = str(answer["id_token"])
        try:
            token = jwt.decode(text, self._key_set(client, described), registry=registry)
        except (InvalidKeyIdError, BadSignatureError):  # perhaps the provider has changed its keys
            token = jwt.decode(text, self._key_set(client, described, anew=True), registry=registry)
        options = {
            "iss": {"essential": True, "value": self.sign_on.issuer},
            "aud": {"essential": True, "value": self.sign_on.client_id},
            "sub": {"essential": True},
        }
        params = {
            "nonce": nonce,
            "client_id": self.sign_on.client_id,
            "access_token": answer.get("access_token"),
        }
        claims = CodeIDToken(token.claims, token.header, options, params)
        claims.validate(leeway=_LEEWAY)
        return dict(claims)

    def _key_set(self, client: Any, described: Mapping[str, Any], *, anew: bool = False) -> KeySet:
        with self._lock:
            if self._keys is not None and not anew:
                return self._keys
        found = KeySet.import_key_set(_read(client, described["jwks_uri"]))  # type: ignore[arg-type]
        with self._lock:
            self._keys = found
        return found

    def _further(self, client: Any, address: str, claims: dict[str, Any]) -> dict[str, Any]:
        """The e-mail address, where the provider tells it on a call of its own; only of the same person."""
        if not is_secure(address):
            return claims
        answer = client.get(address)
        answer.raise_for_status()
        told = answer.json()
        if told.get("sub") != claims["sub"]:
            raise _not_meant("sub")
        return {**told, **claims}


def new_secret() -> str:
    """What the cookie of a browser holds in which a login begins."""
    return secrets.token_urlsafe(32)


def state_of(secret: str) -> str:
    """By which a browser that comes back is known to be the one that left."""
    return _made(secret, "state")


def refused(error: str, description: str = "") -> NotLetIn:
    """That the provider said no, in its own words, and what helps."""
    said = f"{error}: {description}" if description else error
    says = "".join(one for one in said if one.isprintable())[:_SAID]
    if error == "access_denied":
        return NotLetIn(
            f"The firm's provider says: {says}.",
            remedy="Ask those who run the provider to let you use passend.",
        )
    if error in _SET_UP:
        return NotLetIn(
            f"The firm's provider says: {says}.",
            remedy="An administrator compares sso.client_id, the secret and sso.address with what the provider knows.",
        )
    return NotLetIn(
        f"The firm's provider says: {says}.",
        remedy="Start again from the login page; if it stays so, tell an administrator what the provider says.",
    )


def _made(secret: str, purpose: str) -> str:
    digest = hmac.new(secret.encode(), f"sign-on/{purpose}".encode(), "sha256").digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _read(client: Any, address: str) -> dict[str, Any]:
    answer = client.request("GET", address, withhold_token=True)
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict):
        raise TypeError(address)
    return found


def _down(issuer: str) -> NotLetIn:
    return NotLetIn(
        f"The firm's provider cannot be reached: {issuer}.",
        remedy="Try again in a minute, or log in by a password here.",
        is_down=True,
    )


def _not_meant(claim: str) -> NotLetIn:
    return NotLetIn(
        f"The answer of the firm's provider is not meant for this login ({claim}).",
        remedy="Start again from the login page; if it stays so, compare sso.issuer and sso.client_id with the "
        "provider's.",
    )
