"""The ways to customers that a workspace has: its channels, and who is asked before a message leaves."""

from passend.flow.campaigns.sending import Ways
from passend.flow.consents import terms_by_channel
from passend.flow.guarding import guard_permit, warm_up_permit
from passend.flow.permits import consent_permit
from passend.flow.persons import marker
from passend.store import Store
from passend.workspace import Workspace


def ways_of(workspace: Workspace, store: Store) -> Ways:
    """The channels that are set up. Shop and staff need none: their offers wait in the store.

    Whatever leaves asks the consent ledger and the guard first.
    """
    settings = workspace.settings
    consent = consent_permit(terms_by_channel(workspace), marker(workspace))
    permits = [guard_permit, *([warm_up_permit] if settings["email.warm_up"] else []), consent]
    if not settings.text("email.host"):
        return Ways(permits=permits)
    from passend.channels.links.signing import signer_of  # noqa: PLC0415 - mail is slow to import
    from passend.flow.mailing import desk_of, email_channel  # noqa: PLC0415 - likewise

    desk = desk_of(store, workspace.folder, settings, signer_of(workspace.folder), consent)
    return Ways({"email": email_channel(settings, desk)}, permits)
