"""How the firm looks in mails and on the pages of its customers: changed by people, checked before it is kept."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from passend.errors import InvalidInput
from passend.flow.assuming import assume
from passend.flow.mail_settings import brand_of
from passend.store import Store
from passend.workspace import Workspace

#: Settings of the brand, in the order of the form.
NAMES = ("brand.name", "brand.colour", "brand.logo", "brand.logo_alt", "brand.address", "brand.imprint")
_ADDRESSES = ("brand.logo", "brand.imprint")


def keep_brand(workspace: Workspace, store: Store, given: Mapping[str, str], who: str, now: datetime) -> None:
    """Change how the firm looks; nothing is kept where one of the values cannot be used.

    Raises:
        InvalidSetting: the colour is none.
        InvalidInput: a web address is none.
    """
    wanted = {name: " ".join(given[name].split()) for name in NAMES if name in given}
    brand_of(workspace.settings.changed(wanted))
    for name in _ADDRESSES:
        address = wanted.get(name, "")
        if address and (urlsplit(address).scheme not in {"http", "https"} or not urlsplit(address).hostname):
            raise InvalidInput(
                f"'{address}' is no web address.",
                record=name,
                remedy="Write one such as https://shop.example/logo.png.",
            )
    for name, value in wanted.items():
        if value != workspace.settings[name]:
            assume(workspace, store, name, value, who=who, now=now)
