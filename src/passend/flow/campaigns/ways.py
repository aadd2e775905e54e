"""The ways to customers that a workspace has: its channels, and who is asked before a message leaves."""

from collections.abc import Collection, Sequence
from functools import partial

from sqlalchemy import select

from passend.channels.audience import AudienceChannel
from passend.channels.port import PushChannel
from passend.channels.safe_line import SafeLine
from passend.flow.campaigns.running import facts_of
from passend.flow.campaigns.sending import Ways
from passend.flow.consents import terms_by_channel
from passend.flow.guarding import guard_permit, warm_up_permit
from passend.flow.permits import consent_permit
from passend.flow.persons import marker
from passend.store import Store
from passend.store.batches import among
from passend.store.live import PersonRow
from passend.store.marks import mark
from passend.workspace import Workspace


def ways_of(workspace: Workspace, store: Store) -> Ways:
    """The channels that are set up. Shop and staff need none: their offers wait in the store.

    Whatever leaves asks the consent ledger and the guard first.
    """
    settings = workspace.settings
    consent = consent_permit(terms_by_channel(workspace), marker(workspace))
    permits = [guard_permit, *([warm_up_permit] if settings["email.warm_up"] else []), consent]
    pushed: dict[str, PushChannel] = {
        "audience": AudienceChannel(
            workspace.folder / "audiences", partial(_people, store), settings.text("audience.form")
        )
    }
    line = SafeLine(allowed=frozenset(settings.text("webhook.allowed").split()))
    if settings.text("webhook.secret"):
        from passend.channels.webhook import Hook, WebhookChannel  # noqa: PLC0415 - only where it is used

        pushed["webhook"] = WebhookChannel(
            Hook(settings.text("webhook.url"), settings.text("webhook.secret")), line
        )
    if settings.text("sms.url"):
        from passend.channels.sms import SmsChannel  # noqa: PLC0415 - likewise
        from passend.flow.sms_settings import sms_provider  # noqa: PLC0415 - likewise
        from passend.flow.texting import TextDesk  # noqa: PLC0415 - likewise

        pushed["sms"] = SmsChannel(sms_provider(settings), TextDesk(store, consent).prepare, line)
    if settings.text("email.host"):
        from passend.channels.links.signing import signer_of  # noqa: PLC0415 - mail is slow to import
        from passend.flow.mail_settings import desk_of, email_channel  # noqa: PLC0415 - likewise

        desk = desk_of(store, workspace.folder, settings, signer_of(workspace.folder), consent)
        pushed["email"] = email_channel(settings, desk)
    return Ways(pushed, permits)


#: What each way that a computer sends on needs to be set.
NEEDED = {
    "email": ("email.host", "email.sender", "email.public_url"),
    "sms": ("sms.url",),
    "webhook": ("webhook.secret",),
}


def without_way(workspace: Workspace, channels: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Those channels on which nothing can leave -> the settings that are missing for it."""
    settings = workspace.settings
    missing = {
        name: tuple(one for one in NEEDED.get(name, ()) if not settings.text(one)) for name in channels
    }
    return {name: found for name, found in missing.items() if found}


def _people(store: Store, customers: Sequence[str]) -> dict[str, dict[str, str]]:
    """E-mail and phone of some customers, as they are in force now."""
    row = PersonRow
    with store.read() as connection:
        rows = connection.execute(
            select(row.customer_id, row.email, row.facts).where(
                row.version == mark(connection, "people"), among(row.customer_id, customers)
            )
        ).all()
    return {
        one.customer_id: {"email": one.email or "", "phone": str(facts_of(one.facts).get("phone", ""))}
        for one in rows
    }
