"""Mail as the settings describe it: the server, who writes, and how the firm looks."""

import asyncio
import re
from pathlib import Path

from passend.channels import Outcome
from passend.channels.addresses import Address, address_of
from passend.channels.email.answers import Reply
from passend.channels.email.blocks import Brand
from passend.channels.email.channel import EmailChannel, Post
from passend.channels.email.message import Outgoing
from passend.channels.email.sending import Pool, Server
from passend.channels.email.throttle import Throttle
from passend.channels.links.signing import Signer
from passend.errors import InvalidSetting, StoreError
from passend.flow.campaigns.messages import Permit
from passend.flow.mailing import Desk
from passend.settings import Settings
from passend.store import Store


def server_of(settings: Settings) -> Server:
    """The provider's door as the settings describe it.

    Raises:
        InvalidSetting: no mail server is set.
    """
    host = settings.text("email.host")
    if not host:
        raise InvalidSetting(
            "No mail server is set",
            record="email.host",
            remedy="Set email.host, email.sender and email.public_url.",
        )
    return Server(
        host, settings.whole("email.port"), settings.text("email.security"), settings.text("email.username"),
        settings.text("email.password"), settings.whole("email.connections"), settings.whole("email.per_connection"),
        envelope=settings.text("email.bounces"),
    )  # fmt: skip


def email_channel(settings: Settings, desk: Desk) -> EmailChannel:
    """The e-mail channel as the settings describe it.

    Raises:
        InvalidSetting: no mail server is set.
    """
    throttle = Throttle(per_minute=settings.whole("email.per_minute"))
    return EmailChannel(Post(server_of(settings), desk.prepare, desk.noted, throttle))


def sender_of(settings: Settings) -> Address:
    """Who writes the firm's mails.

    Raises:
        InvalidSetting: no sender is set.
    """
    sender = settings.text("email.sender")
    if not sender:
        raise InvalidSetting("No sender of mails is set", record="email.sender", remedy="Set email.sender.")
    return address_of(sender, settings.text("email.sender_name"))


def sender_and_public(settings: Settings) -> tuple[Address, str]:
    """Who writes to customers, and where these reach the firm to unsubscribe.

    Raises:
        InvalidSetting: one of the two is not set.
    """
    for name in ("email.sender", "email.public_url"):
        if not settings.text(name):
            raise InvalidSetting(
                "A message needs a sender and a way to unsubscribe", record=name, remedy=f"Set {name}."
            )
    return sender_of(settings), settings.text("email.public_url").rstrip("/")


def people_of(settings: Settings, name: str) -> tuple[Address, ...]:
    """People of the firm whom a setting names: mail addresses with blanks or commas between, each once.

    Raises:
        InvalidAddress: an address is none.
    """
    return tuple(dict.fromkeys(map(address_of, settings.text(name).replace(",", " ").split())))


def desk_of(store: Store, folder: Path, settings: Settings, signer: Signer, permit: Permit | None) -> Desk:
    """The desk as the settings describe it.

    Raises:
        InvalidSetting: sender or public address are not set.
    """
    sender, public = sender_and_public(settings)
    return Desk(
        store, folder / "templates", sender, signer, public,
        settings.text("email.product_url"), settings.text("email.unsubscribe"), permit, brand_of(settings),
    )  # fmt: skip


def brand_of(settings: Settings) -> Brand:
    """How the firm looks and who it is, as the settings say.

    Raises:
        InvalidSetting: the colour is none.
    """
    colour = settings.text("brand.colour")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise InvalidSetting(
            f"'{colour}' is no colour", record="brand.colour", remedy="Write one such as #1f5c4a."
        )
    return Brand(
        settings.text("brand.name") or settings.text("email.sender_name"), colour, settings.text("brand.logo"),
        settings.text("brand.logo_alt"), settings.text("brand.address"), settings.text("brand.imprint"),
    )  # fmt: skip


def deliver(settings: Settings, mail: Outgoing) -> Reply:
    """Send one mail at once that is no advertising, such as an opt-in or a test; it is in no outbox.

    Raises:
        InvalidSetting: no mail server is set.
        StoreError: the server did not take it.
    """
    said: list[Reply] = []
    pool = Pool(server_of(settings))

    async def run() -> None:
        await pool.send([mail], lambda _, reply: said.append(reply))
        await pool.close()

    asyncio.run(run())
    if said[0].outcome is not Outcome.ACCEPTED:
        raise StoreError(
            f"The mail server did not take the mail: {said[0].says}", remedy="Look at the settings email.*"
        )
    return said[0]
