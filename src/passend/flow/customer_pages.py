"""The pages on which customers decide: leave, confirm, choose topics, sign up; what they do stands in the ledger.

Every page works without script, in German and English. A GET shows, and only a POST changes anything.
"""

import logging
from datetime import datetime

from passend.campaigns.consent.standing import latest
from passend.channels.addresses import address_of
from passend.channels.email.blocks import Brand, ink_on
from passend.channels.email.message import Outgoing
from passend.channels.email.opt_in import opt_in_mail
from passend.channels.links import pages
from passend.channels.links.dressing import dressed
from passend.channels.links.pages import Page, Request
from passend.channels.links.signing import Signer
from passend.errors import Forged, InvalidAddress, InvalidSetting, PassendError
from passend.flow.campaigns.ways import NEEDED
from passend.flow.feedback import carry_out
from passend.flow.mail_settings import brand_of, deliver, sender_of
from passend.flow.opting import Wish, ask
from passend.language import phrase, speaking
from passend.settings import Settings
from passend.store import Store
from passend.store.ledger import Marker, words_of

_log = logging.getLogger("passend.pages")


class CustomerPages:
    """The pages of one firm.

    Args:
        store: of the campaigns.
        signer: of the workspace's links.
        settings: of the workspace.
        mark: turns an address into its mark among those that get no advertising.
    """

    def __init__(self, store: Store, signer: Signer, settings: Settings, mark: Marker) -> None:
        self._store, self._signer, self._settings, self._mark = store, signer, settings, mark

    @property
    def topics(self) -> tuple[str, ...]:
        """What a customer may choose among, as the firm set it."""
        return tuple(filter(None, (one.strip() for one in self._settings.text("consent.topics").split(","))))

    def answer(self, kind: str, request: Request) -> Page:
        """The page of a link in a message, with its effects carried out.

        Args:
            kind: ``u`` (unsubscribe), ``p`` (preferences), ``o`` (confirm an opt-in), ``c`` (click), ``v`` (viewed).
            request: with the link's token.
        """
        made = self._page(kind, request)
        if made.effects:
            carry_out(self._store, made.effects, self._mark, request.now)
        return self._dressed(made)

    def _dressed(self, page: Page) -> Page:
        """With the firm's name and colour."""
        brand = self._brand()
        return dressed(page, brand.name, brand.colour, ink_on(brand.colour))

    def _brand(self) -> Brand:
        """The firm's look; a colour that is none must keep nobody from leaving."""
        try:
            return brand_of(self._settings)
        except InvalidSetting:
            return brand_of(self._settings.changed({"brand.colour": Brand().colour}))

    def _page(self, kind: str, request: Request) -> Page:
        if kind == "u":
            return pages.unsubscribe(self._signer, request)
        if kind == "o":
            return pages.confirm(self._signer, request)
        if kind == "c":
            return pages.click(self._signer, request)
        if kind == "v":
            return pages.viewed(self._signer, request)
        topics, gap = self._chosen(request)
        return pages.preferences(self._signer, request, topics, gap)

    def _chosen(self, request: Request) -> tuple[dict[str, bool], int | None]:
        """What the customer of a link wants to hear about now, and how often at most."""
        try:
            told = self._signer.read("preferences", request.token, request.now)
        except Forged:
            return {}, None
        customer, address = str(told.get("c", "")), str(told.get("a", "")).lower()
        with self._store.read() as connection:
            known = words_of(connection, {customer: address or None})[customer]
        words = [one for one in known if one.channel in {"email", "any"}]
        general = latest([one for one in words if not one.topic])
        gap = latest([one for one in words if one.topic == "how often"])
        found = {}
        for topic in self.topics:
            about = [one for one in words if one.topic == topic]
            word = latest([*about, *([general] if general else [])])
            found[topic] = word is not None and word.is_given
        return found, gap.gap_days if gap is not None else None

    def sign_up(self, form: dict[str, str], language: str, evidence: str, now: datetime) -> Page:
        """The form by which anybody asks to be written to; a filled one is answered by a mail that asks once more.

        The answer is the same whether the address is known or not, so that nobody learns who is a customer.
        """
        with speaking(language):
            if not self._has_mail():
                return self._dressed(pages.sign_up_closed())
            words = self._words(self._brand())
            if not form:
                return self._dressed(pages.sign_up_form(words, self.topics))
            try:
                address = address_of(form.get("address", "").strip())
            except InvalidAddress as problem:
                return self._dressed(pages.sign_up_form(words, self.topics, problem, form))
            topics = [one for one in self.topics if f"topic.{one}" in form]
            wish = Wish(address.plain, words, "sign-up page", topics, language=language, evidence=evidence)
            token, _ = ask(self._store, self._signer, wish, now)
            try:
                if token:
                    self._send(address.plain, topics, language, token, now)
            except PassendError as problem:
                _log.error("an opt-in mail did not leave: %s", problem)
                return self._dressed(pages.sign_up_failed())
            return self._dressed(pages.sign_up_done())

    def _words(self, brand: Brand) -> str:
        """The text that is agreed to: the firm's own, else one that says all the law asks for."""
        return self._settings.text("consent.text") or phrase(
            "I would like to get offers and news of {firm} by e-mail. I can take this back at any time.",
            firm=brand.name or self._settings.text("email.sender"),
        )

    def _has_mail(self) -> bool:
        """Whether an opt-in mail can be sent: a server, a sender, and our own address for its button."""
        return all(self._settings.text(name) for name in NEEDED["email"])

    def _send(self, address: str, topics: list[str], language: str, token: str, now: datetime) -> None:
        public = self._settings.text("email.public_url").rstrip("/")
        content = opt_in_mail(self._brand(), language, topics, f"{public}/o/{token}")
        writes = sender_of(self._settings)
        deliver(self._settings, Outgoing(f"opt-in/{token[-32:]}", writes, address_of(address), content, now))
