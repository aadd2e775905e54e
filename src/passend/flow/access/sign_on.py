"""What the firm has set about logins by its own accounts (single sign-on by OpenID Connect)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from passend.errors import InvalidSetting
from passend.flow.access.users import PEOPLE, User
from passend.settings import Settings

#: Where the provider sends people back to, below the address of the pages.
BACK = "/login/sso/back"
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class SignOn:
    """The firm's provider, and what its word counts for.

    Attributes:
        issuer: the provider's own name, an address.
        address: of the pages here, as people reach them.
        client_id: under which the provider knows passend.
        client_secret: empty for a client without one.
        name: what the button calls it; may be empty.
        domains: whose e-mail addresses are let in; all where it is empty.
        makes_viewers: whether people without an account here get one.
        role_claim: the claim that decides on the role; empty where administrators here do.
        roles: which of its values is which role.
        verified_claim: says that the e-mail address is the person's own.
        passwords: who may still log in by a password.
        trusts_factor: whether the provider's second factor counts as the one here.
        timeout: seconds that a call to the provider may take.
    """

    issuer: str
    address: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    domains: frozenset[str]
    makes_viewers: bool
    role_claim: str
    roles: Mapping[str, str]
    verified_claim: str
    passwords: str
    trusts_factor: bool
    timeout: float

    @property
    def back(self) -> str:
        """The address that the provider must allow."""
        return self.address + BACK

    def takes_password(self, user: User) -> bool:
        """Whether this person's password still opens the pages."""
        return self.passwords == "everybody" or (
            self.passwords == "administrators" and user.role == "administrator"
        )

    def role_of(self, claims: Mapping[str, Any]) -> str:
        """The highest role that the provider's claims give; empty where they give none."""
        given = [self.roles[value] for value in _values(claims, self.role_claim) if value in self.roles]
        return max(given, key=PEOPLE.index, default="")


def sign_on_of(settings: Settings) -> SignOn | None:
    """What is set; None where people log in by passwords alone.

    Raises:
        InvalidSetting: it does not fit together.
    """
    issuer = settings.text("sso.issuer").strip()
    if not issuer:
        return None
    client_id = settings.text("sso.client_id").strip()
    if not client_id:
        raise InvalidSetting(
            "The setting sso.client_id is missing.",
            remedy="Register passend at the provider; it shows the number.",
        )
    role_claim, roles = settings.text("sso.role_claim").strip(), _roles(settings.text("sso.roles"))
    if bool(role_claim) != bool(roles):
        raise InvalidSetting(
            "The settings sso.role_claim and sso.roles say something together only.",
            remedy="Set both, or none.",
        )
    return SignOn(
        issuer=_secure("sso.issuer", issuer),
        address=_secure("sso.address", settings.text("sso.address").strip().rstrip("/")),
        client_id=client_id,
        client_secret=_secret(settings),
        name=settings.text("sso.name").strip(),
        domains=frozenset(settings.text("sso.domains").lower().replace(",", " ").replace("@", " ").split()),
        makes_viewers=settings["sso.unknown"] == "viewer",
        role_claim=role_claim,
        roles=roles,
        verified_claim=settings.text("sso.verified_claim").strip(),
        passwords=settings.text("sso.passwords"),
        trusts_factor=settings["sso.second_factor"] == "provider",
        timeout=settings.number("sso.timeout_s"),
    )


def is_secure(address: str) -> bool:
    """Whether an address is encrypted, or leads nowhere but to this computer."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
    )


def _secure(name: str, address: str) -> str:
    if not is_secure(address):
        raise InvalidSetting(
            f"The setting {name} is no address with https: '{address}'.",
            remedy="Write it like https://passend.example.com",
        )
    return address


def _secret(settings: Settings) -> str:
    file = settings.text("sso.client_secret_file")
    if not file:
        return settings.text("sso.client_secret").strip()
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise InvalidSetting(
            "The file of the setting sso.client_secret_file cannot be read.",
            record=file,
            remedy="Let the user under whom passend runs read it.",
        ) from problem


def _roles(text: str) -> dict[str, str]:
    """``value=role; value=role``; a value may hold everything but a semicolon, as names of groups do."""
    found = {}
    for pair in filter(None, (one.strip() for one in text.split(";"))):
        value, _, role = (one.strip() for one in pair.rpartition("="))
        if not value or role not in PEOPLE:
            raise InvalidSetting(
                f"The setting sso.roles cannot be read at '{pair}'.",
                remedy=f"Write VALUE=ROLE, with a role of: {', '.join(PEOPLE)}.",
            )
        found[value] = role
    return found


def _values(claims: Mapping[str, Any], name: str) -> list[str]:
    """What a claim holds; a name with points leads into claims within claims, where no claim has that very name."""
    found: Any = claims.get(name) if name else None
    if found is None and name:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    several = isinstance(found, Iterable) and not isinstance(found, str | Mapping)
    return [one for one in (found if several else [found]) if isinstance(one, str)]
