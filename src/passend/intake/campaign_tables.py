"""Campaigns of the past in tables of their own: who got which, when each began, for which products, what was redeemed.

Firms keep a list of recipients, a list of campaigns, and often coupons with their redemptions. Together they are
contacts: one for each customer and campaign, or for each product of a campaign with few.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from passend.errors import InvalidInput, UnrecognisedColumns
from passend.intake.assign import SURE, column_scores
from passend.intake.firm_words import FIRM_WORDS
from passend.intake.source import Batch, Source
from passend.intake.synonyms import key
from passend.intake.texts import as_text, clean_ids, word_set

#: A campaign for more products than this is one for the assortment: no single product was offered.
MOST_PRODUCTS = 12
#: Wider tables that name a campaign are of something else, with the campaign as one of many facts.
_MOST_COLUMNS = 8
_CAMPAIGNS = word_set(
    """
    campaign campaignid campaignno campaignnumber campaignname kampagne kampagnenr kampagnennr kampagnenid
    kampagnenname aktion aktionsnr aktionsnummer mailing mailingid mailingnr
    """
)
_COUPONS = word_set(
    """
    coupon couponid couponcode couponupc couponno vouchercode voucher voucherid gutschein gutscheincode gutscheinnr
    gutscheinnummer rabattcode
    """
)
_BEGINS = word_set(
    """
    start startday startdate startedat startsat begin begindate beginn beginnt startdatum startzeit sentat sentdate
    senddate versendetam versanddatum von gueltigab gueltigvon validfrom date datum
    """
)
_REDEEMED = word_set(
    "redeemedat redeemedon redemptiondate redemptionday usedat useddate eingeloestam einloesedatum day date datum"
)
_LISTED = re.compile(r"[,;|\n]")
_COLUMNS = ("contact_id", "customer_id", "sent_at", "channel", "product_id", "campaign", "outcome")


@dataclass(frozen=True)
class _Table:
    """A table of a role, with the columns that matter."""

    source: Source
    campaign: str = ""
    customer: str = ""
    product: str = ""
    coupon: str = ""
    day: str = ""
    channel: str = ""

    @property
    def role(self) -> str:
        """What the table is in the account of campaigns; empty where it is something else."""
        if self.campaign and self.customer and not (self.day or self.coupon or self.product):
            return "recipients"
        if self.campaign and self.day and not self.customer:
            return "campaigns"
        named = self.product or (self.campaign and self.coupon)
        if (self.campaign or self.coupon) and named and not (self.customer or self.day):
            return "coupons"
        return "redemptions" if self.coupon and self.customer and self.day and not self.product else ""


class CampaignSource:
    """Contacts made of a firm's tables of campaigns.

    Attributes:
        name: the tables.
        columns: of contacts.
        size: rows of the list of recipients.
        notes: how they were put together.
    """

    columns: tuple[str, ...] = _COLUMNS

    def __init__(self, tables: dict[str, _Table]) -> None:
        self._tables = tables
        self.name = " with ".join(table.source.name for table in tables.values())
        self.size = tables["recipients"].source.size
        begun = tables["campaigns"]
        said = (
            f"{tables['recipients'].source.name} tells who got a campaign, {begun.source.name} when it began "
            f"('{begun.day}'); together they are contacts."
        )
        self.notes: tuple[str, ...] = (said,)

    def fingerprint(self) -> str:
        """A hash of all tables."""
        parts = (table.source.fingerprint() for table in self._tables.values())
        return hashlib.sha256("\n".join(("campaigns", *parts)).encode()).hexdigest()

    def position(self) -> int:
        """How much of the list of recipients has been read."""
        return self._tables["recipients"].source.position()

    def batches(self) -> Iterator[Batch]:
        """The contacts, recipient by recipient."""
        begun: dict[str | None, tuple[str | None, ...]] = {}
        for row in _rows(self._tables["campaigns"], "campaign", "day", "channel"):
            begun.setdefault(row[0], row)  # a campaign may stand once for each of its products
        products, of_coupon = self._products()
        redeemed = self._redeemed(of_coupon)
        first = 2
        recipients = self._tables["recipients"]
        for batch in _batches(recipients, "campaign", "customer", "channel"):
            made: list[tuple[str | None, ...]] = []
            for campaign, customer, own in batch:
                _, day, channel = begun.get(campaign, (None, None, None))
                offered = sorted(products.get(campaign, ()))
                for product in offered if 0 < len(offered) <= MOST_PRODUCTS else [None]:
                    number = "/".join(part or "" for part in (campaign, customer, product) if part)
                    taken = (_alike(customer), campaign) in redeemed
                    made.append(
                        (number, customer, day, own or channel or ("print" if of_coupon else None), product,
                         campaign, "accept" if taken else "none")
                    )  # fmt: skip
            yield _batch(first, made)
            first += len(made)

    def _products(self) -> tuple[dict[str | None, set[str]], dict[str | None, set[str]]]:
        """The products of each campaign, and the campaigns of each coupon; a cell may name several products."""
        products: dict[str | None, set[str]] = defaultdict(set)
        campaigns: dict[str | None, set[str]] = defaultdict(set)
        tables = [self._tables[role] for role in ("campaigns", "coupons") if role in self._tables]
        for campaign, product, coupon in (
            row for table in tables for row in _rows(table, "campaign", "product", "coupon")
        ):
            if campaign and product:
                products[campaign] |= {part.strip() for part in _LISTED.split(product)} - {""}
            if campaign and coupon:
                campaigns[_alike(coupon)].add(campaign)
        return products, campaigns

    def _redeemed(self, of_coupon: dict[str | None, set[str]]) -> set[tuple[str | None, str | None]]:
        """Customers and campaigns of which a coupon was redeemed."""
        if "redemptions" not in self._tables:
            return set()
        rows = _rows(self._tables["redemptions"], "customer", "campaign", "coupon")
        return {
            (_alike(customer), campaign)
            for customer, own, coupon in rows
            for campaign in ([own] if own else of_coupon.get(_alike(coupon), ()))
        }


def join_campaigns(sources: Sequence[Source]) -> tuple[CampaignSource, tuple[Source, ...]] | None:
    """The tables of campaigns among some sources as one source of contacts, and which ones they are.

    Raises:
        UnrecognisedColumns: neither campaigns nor recipients tell the channel, and no coupons say that it was paper.
    """
    tables: dict[str, _Table] = {}
    found = sorted((_table(source) for source in sources), key=lambda each: bool(each.coupon))
    for table in found:
        # Coupons have a day from which they are valid, too; campaigns are the table without coupons, if there is one.
        again = table.role == "campaigns" in tables and table.coupon
        role = "coupons" if again else table.role
        if role:
            tables.setdefault(role, table)
    if not {"recipients", "campaigns"} <= set(tables):
        return None
    tables = {
        role: tables[role] for role in ("recipients", "campaigns", "coupons", "redemptions") if role in tables
    }
    begun = tables["campaigns"]
    if not (begun.channel or tables["recipients"].channel or "coupons" in tables):
        raise UnrecognisedColumns(
            f"No column says over which channel the campaigns went. The columns are: "
            f"{', '.join(begun.source.columns)}.",
            record=begun.source.name,
            remedy="Add a column 'channel' to it: email, phone, desk, onsite or print.",
        )
    return CampaignSource(tables), tuple(table.source for table in tables.values())


def names_campaign(columns: Iterable[str]) -> bool:
    """Whether a table speaks of campaigns or coupons, so that it is no list of products."""
    keys = {key(column) for column in columns}
    return len(keys) <= _MOST_COLUMNS and bool(keys & (_CAMPAIGNS | _COUPONS))


def _alike(text: str | None) -> str:
    """A number in one way of writing: tables of one firm differ in leading zeros and capital letters."""
    return (text or "").strip().lower().lstrip("0")


def _table(source: Source) -> _Table:
    def by_name(words: Iterable[str]) -> str:
        return next((column for column in source.columns if key(column) in words), "")

    sure = {
        meaning: column
        for column in reversed(source.columns)
        for meaning, score in column_scores(column, source.columns).items()
        if score >= SURE
    }
    if {"order_id", "quantity", "unit_price", "line_total"} & set(sure) - {""} and not by_name(_COUPONS):
        return _Table(source)
    day = by_name(_BEGINS) if "customer_id" not in sure else by_name(_REDEEMED) or by_name(_BEGINS)
    return _Table(
        source, by_name(_CAMPAIGNS), sure.get("customer_id", ""), sure.get("product_id", ""), by_name(_COUPONS), day,
        by_name(FIRM_WORDS["contacts"]["channel"]),
    )  # fmt: skip


def _rows(table: _Table, *roles: str) -> Iterator[tuple[str | None, ...]]:
    for batch in _batches(table, *roles):
        yield from batch


def _batches(table: _Table, *roles: str) -> Iterator[list[tuple[str | None, ...]]]:
    names = [getattr(table, role) for role in roles]
    for batch in table.source.batches():
        if batch.broken:
            broken = batch.broken[0]
            raise InvalidInput(
                f"Row {broken.row} of {table.source.name} cannot be read: {broken.reason}.",
                record=table.source.name,
                remedy="Mend the row: a campaign without it would be judged by too few.",
            )
        columns = [
            clean_ids(as_text(batch.table.column(name))).to_pylist()
            if name
            else [None] * batch.table.num_rows
            for name in names
        ]
        yield list(zip(*columns, strict=True))


def _batch(first: int, rows: list[tuple[str | None, ...]]) -> Batch:
    schema = pa.schema([(name, pa.string()) for name in _COLUMNS])
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(_COLUMNS)
    arrays = [pa.array(column, pa.string()) for column in columns]
    numbers = pa.array(range(first, first + len(rows)), pa.int64())
    return Batch(numbers, pa.RecordBatch.from_arrays(arrays, schema=schema))
