"""Audiences for advertising platforms and CRM systems, as CSV files.

For advertising, addresses are hashed as Google's Customer Match asks: trimmed, small letters, Gmail without dots and
suffixes, telephone numbers as E.164, then SHA-256. For Salesforce and HubSpot they stand as they are. What a
spreadsheet would run as a formula is made harmless.
"""

import csv
import hashlib
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from passend.channels.port import Answer, Message, Outcome
from passend.errors import InvalidAddress

FORMS: Mapping[str, tuple[str, ...]] = {
    "customer-match": ("Email", "Phone"),
    "salesforce": ("Customer_Number__c", "Email", "Phone", "Campaign", "Product", "Offer_Text__c"),
    "hubspot": ("Customer number", "Email", "Phone number", "Campaign", "Product", "Offer"),
}
_GMAIL = {"gmail.com", "googlemail.com"}
_FORMULA = re.compile(r"^[=+\-@\t\r]")
Person = Mapping[str, str]
People = Callable[[Sequence[str]], Mapping[str, Person]]
"""E-mail and phone of customers, as they are now."""


def hashed_email(text: str) -> str:
    """An e-mail address as Customer Match wants it; empty where there is none."""
    local, _, domain = text.strip().lower().rpartition("@")
    if not local or not domain:
        return ""
    if domain in _GMAIL:
        local = local.partition("+")[0].replace(".", "")
    return hashlib.sha256(f"{local}@{domain}".encode()).hexdigest()


def e164(text: str, country: str = "49") -> str:
    """A telephone number as E.164; empty where it is none.

    Args:
        text: as people write it: ``0171 / 234-5678``, ``+49 (0)171 2345678``, ``0049171...``.
        country: code of numbers that name none.
    """
    bare = re.sub(r"\(0\)", "", text)
    has_code = bare.strip().startswith("+")
    digits = re.sub(r"\D", "", bare)
    if not has_code and digits.startswith("00"):
        has_code, digits = True, digits[2:]
    if not has_code:
        digits = country + digits.lstrip("0") if digits else ""
    return f"+{digits}" if 8 <= len(digits) <= 15 and digits[0] != "0" else ""


def hashed_phone(text: str, country: str = "49") -> str:
    """A telephone number as Customer Match wants it; empty where it is none."""
    number = e164(text, country)
    return hashlib.sha256(number.encode()).hexdigest() if number else ""


def harmless(text: str) -> str:
    """A value that no spreadsheet runs as a formula; a telephone number keeps its plus."""
    if re.fullmatch(r"\+\d{7,15}", text):
        return text
    return f"'{text}" if _FORMULA.match(text) else text


def as_csv(form: str, rows: Iterable[Sequence[str]], *, has_head: bool = True) -> str:
    """Rows as the platform reads them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if has_head:
        writer.writerow(FORMS[form])
    writer.writerows([harmless(value) for value in row] for row in rows)
    return out.getvalue()


class AudienceChannel:
    """Writes one file a campaign and form; a message written again is known by its line and stands there once."""

    name = "audience"
    is_idempotent = True

    def __init__(
        self, folder: Path, people: People, form: str = "customer-match", country: str = "49"
    ) -> None:
        if form not in FORMS:
            raise InvalidAddress(
                f"There is no form of audience '{form}'", remedy=f"There are: {', '.join(FORMS)}."
            )
        self._folder, self._people, self._form, self._country = folder, people, form, country

    def send(self, batch: Sequence[Message], now: datetime) -> Iterator[Answer]:
        """Add the customers to the files, whole and then renamed into place."""
        del now
        people = self._people([one.customer_id for one in batch])
        by_campaign: dict[str, list[tuple[Message, list[str]]]] = {}
        for one in batch:
            row = self._row(one, people.get(one.customer_id, {}))
            if row is None:
                yield Answer(one.key, Outcome.REFUSED, "no address", f"customers/{one.customer_id}")
            else:
                by_campaign.setdefault(one.campaign, []).append((one, row))
        for campaign, rows in by_campaign.items():
            self._add(campaign, [row for _, row in rows])
            yield from (Answer(one.key, Outcome.ACCEPTED, "written") for one, _ in rows)

    def _row(self, message: Message, person: Person) -> list[str] | None:
        email, phone = person.get("email", ""), person.get("phone", "")
        if not email and not phone:
            return None
        if self._form == "customer-match":
            return [hashed_email(email), hashed_phone(phone, self._country)]
        name = str(message.content.get("product_name") or message.product_id or "")
        reason = str(message.content.get("reason") or "")
        return [message.customer_id, email, e164(phone, self._country), message.campaign, name, reason]

    def _add(self, campaign: str, rows: Sequence[Sequence[str]]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w-]+", "-", campaign).strip("-") or "audience"
        file = self._folder / f"{name}.{self._form}.csv"
        before = file.read_text("utf-8") if file.exists() else as_csv(self._form, [])
        known = set(before.splitlines())
        lines = [line for line in as_csv(self._form, rows, has_head=False).splitlines() if line not in known]
        fresh = file.with_suffix(".new")
        with fresh.open("w", encoding="utf-8", newline="") as out:
            out.write(before + "".join(f"{line}\n" for line in dict.fromkeys(lines)))
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
