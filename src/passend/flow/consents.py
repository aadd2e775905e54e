"""Consents: told to the ledger, brought to and from the firm's tables, and explained down to the record."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from passend.campaigns.consent.standing import Question, Standing, Terms, Word, standing
from passend.decisions.rules import Rules, load_rules
from passend.errors import InvalidInput, NoSuchCustomer
from passend.flow.firm_tables import keep_given_rows
from passend.flow.identity import customer_number
from passend.flow.persons import marker
from passend.flow.rules_file import rules_text
from passend.intake.identity import as_written_alike, written_alike
from passend.language import word
from passend.store import Store, open_store
from passend.store.ledger import (
    NewWord,
    Wall,
    add_words,
    bridged,
    suppress,
    texts_of,
    tools_in_the_way,
    unbridged,
    walls_of,
    words_of,
)
from passend.tables import contract
from passend.vocabulary import Channel
from passend.workspace import Workspace

TABLE = "consents"
#: All channels at once.
ANY = "any"
#: What a customer may speak of.
SPOKEN_OF = (ANY, "email", "phone", "sms", "onsite", "desk")
#: How evidence of a row begins that came over from the ledger.
FROM_LEDGER = "consent_words/"
#: Sources of words that were brought in from the firm's tables.
FROM_TABLES = frozenset({"table consents", "table contacts"})


@dataclass(frozen=True)
class Explanation:
    """Why a customer may or may not be written to on a channel.

    Attributes:
        customer_id: whom it is about.
        address: of the customer, where known.
        standing: the answer, with the record that decides.
        words: all that was said, latest first.
        walls: what suppresses the address.
        former_tools: earlier mail tools whose refusals are not imported yet.
        proof: what was said in the record that decides; none where none does.
        texts: the texts agreed to, word for word, by their versions.
    """

    customer_id: str
    address: str
    standing: Standing
    words: tuple[Word, ...]
    walls: tuple[Word, ...]
    former_tools: tuple[str, ...] = ()
    proof: Word | None = None
    texts: Mapping[str, str] = field(default_factory=dict)

    def says_what(self, said: Word) -> str:
        """What a record says in a line: who told it, and what proves it."""
        return ", ".join(filter(None, (word(said.source), evidence_said(said.evidence))))


@dataclass(frozen=True)
class Said:
    """What a customer told one of the staff: on which channel (or ``any``), yes or no, and how it was said."""

    customer_id: str
    channel: str
    is_given: bool
    how: str


def store_of(workspace: Workspace) -> Store:
    """The operational state of a workspace, where its settings say."""
    return open_store(workspace.folder, str(workspace.settings["store.url"]))


def terms_of(rules: Rules, channel: str) -> Terms:
    """What the firm's rules say of a channel; one that they do not know needs consent."""
    rule = rules.channels.get(channel)
    if rule is None:
        return Terms()
    return Terms(
        rule.needs, rule.accepts, rule.legal_basis, rule.notice_at_collection, rule.notice_in_message
    )


def terms_by_channel(workspace: Workspace) -> dict[str, Terms]:
    """What the firm's rules say of each channel."""
    rules = load_rules(rules_text(workspace))
    return {name: terms_of(rules, name) for name in rules.channels}


def record_words(store: Store, words: Iterable[NewWord], now: datetime) -> int:
    """Add words to the ledger; numbers and addresses are written alike first. Returns how many were new."""
    with store.change() as connection:
        return add_words(connection, list(_alike(list(words))), now)


def record_walls(workspace: Workspace, store: Store, walls: Iterable[Wall]) -> int:
    """Keep addresses from getting advertising. Returns how many were new."""
    mark = marker(workspace)
    told = [replace(one, address=written_alike(one.address)) for one in walls]
    with store.change() as connection:
        return suppress(connection, told, mark)


def bring_in(workspace: Workspace, store: Store, now: datetime) -> int:
    """Bring what the firm's tables say of consent into the ledger; what it knows already is left out.

    Words are the rows of ``consents``, and goodbyes and complaints among the ``contacts``.
    """
    found: list[NewWord] = []
    if workspace.has(TABLE):
        found += [
            NewWord(
                row["channel"], row["is_given"], row["said_at"], "table consents", basis=row["basis"] or "",
                evidence=row["evidence"] or "", customer_id=row["customer_id"],
            )
            for row in workspace.read(TABLE).to_pylist()
            if not (row["evidence"] or "").startswith(FROM_LEDGER)
        ]  # fmt: skip
    if workspace.has("contacts"):
        contacts = workspace.read("contacts")
        ended = pc.is_in(contacts["outcome"], value_set=pa.array(["unsubscribe", "complaint"]))
        found += [
            NewWord(
                row["channel"], False, row["happened_at"], "table contacts", basis="objection",
                evidence=f"{row['outcome']} in contact {row['contact_id']}", customer_id=row["customer_id"],
            )
            for row in contacts.filter(ended).to_pylist()
            if row["outcome"] == "unsubscribe" or (row["direction"] == "out" and row["channel"] == "email")
        ]  # fmt: skip
    with store.change() as connection:
        return add_words(connection, list(_alike(found)), now)


def carry_over(workspace: Workspace, store: Store) -> int:
    """Carry new words of the ledger over to the contract table ``consents``, each exactly once; returns how many.

    The rows are written first and their batch noted after: a crash in between writes the same rows again, under the
    same key.
    """
    with store.read() as connection:
        rows = unbridged(connection)
    own = [row for row in rows if row.source not in FROM_TABLES]
    if own:
        _write(workspace, own)
    if rows:
        with store.change() as connection:
            bridged(connection, [row.id for row in rows], workspace.manifest.number)
    return len(own)


def explain(workspace: Workspace, store: Store, rules: Rules, who: str, question: Question) -> Explanation:
    """Whether a customer may be written to on a channel now, and the record that says so."""
    return explain_all(workspace, store, rules, who, [question])[0]


def explain_all(
    workspace: Workspace, store: Store, rules: Rules, who: str, questions: Sequence[Question]
) -> list[Explanation]:
    """The same for several channels at once: the customer is looked up once."""
    customer = customer_number(workspace, who)
    address = _address_of(workspace, customer) or (customer if "@" in customer else "")
    mark = marker(workspace)
    told = []
    with store.read() as connection:
        words = words_of(connection, {customer: address})[customer]
        texts = texts_of(connection, (one.text_version for one in words))
        ordered = tuple(sorted(words, key=lambda word: word.said_at, reverse=True))
        for question in questions:
            walls = walls_of(connection, [address] if address else [], question.channel, mark).get(
                address, []
            )
            tools = tools_in_the_way(connection) if question.channel == "email" else []
            found = standing(words, walls, terms_of(rules, question.channel), question)
            proof = next((one for one in (*words, *walls) if one.record == found.record), None)
            told.append(
                Explanation(customer, address, found, ordered, tuple(walls), tuple(tools), proof, texts)
            )
    return told


def evidence_said(evidence: str) -> str:
    """Evidence as people read it: a record of several things by name, a sentence as it is."""
    try:
        told = json.loads(evidence)
    except ValueError:
        return evidence
    if not isinstance(told, dict):
        return evidence
    return ", ".join(f"{word(str(name))}: {value}" for name, value in told.items() if value)


def note_word(workspace: Workspace, store: Store, said: Said, who: str, now: datetime) -> None:
    """Write down what a customer told one of the staff; an objection holds at once, wherever offers come from.

    A no holds for all who share the address, as one by the link of a mail does; a yes for the customer alone.

    Raises:
        NoSuchCustomer: there is none of this number.
        InvalidInput: it is not told how it was said, there is no such channel, or a yes is not for one channel.
    """
    if not said.how.strip():
        raise InvalidInput(
            "A word without its evidence proves nothing.", remedy="Write how and when the customer said so."
        )
    if said.channel not in SPOKEN_OF:
        raise InvalidInput(f"There is no channel '{said.channel}'.", remedy=f"Use {', '.join(SPOKEN_OF)}.")
    if said.is_given and said.channel == ANY:
        raise InvalidInput(
            "A consent is given for one way of contact, not for all.", remedy="Note one for each."
        )
    customer = customer_number(workspace, said.customer_id)
    if not _is_known(workspace, customer):  # such as somebody who was erased: nothing is kept of them again
        raise NoSuchCustomer(f"There is no customer '{customer}'.", remedy="Check the number.")
    address = None if said.is_given else _address_of(workspace, customer) or None
    told = NewWord(
        said.channel, said.is_given, now, "told to staff", customer, address,
        basis="opt-in" if said.is_given else "objection", evidence={"how": said.how.strip(), "noted by": who},
    )  # fmt: skip
    record_words(store, [told], now)


def _is_known(workspace: Workspace, customer: str) -> bool:
    return any(
        workspace.has(table) and workspace.find(table, "customer_id", customer).num_rows
        for table in ("customer_facts", "customers", "orders")
    )


def _address_of(workspace: Workspace, customer: str) -> str:
    rows = workspace.find("customers", "customer_id", customer) if workspace.has("customers") else None
    known = [one for one in rows["email"].to_pylist() if one] if rows is not None else []
    return written_alike(known[-1]) if known else ""


def addresses_of(workspace: Workspace, customers: Iterable[str]) -> dict[str, str]:
    """E-mail addresses of some customers, written alike."""
    if not workspace.has("customers"):
        return {}
    table = workspace.read("customers").select(["customer_id", "email"])
    wanted = pc.is_in(table["customer_id"], value_set=pa.array(list(customers), pa.string()))
    rows = table.filter(wanted).to_pylist()
    return {row["customer_id"]: written_alike(row["email"]) for row in rows if row["email"]}


def _alike(words: Sequence[NewWord]) -> Iterator[NewWord]:
    """Numbers and addresses written alike, all at once; a customer's number that is an address is one."""
    numbers, addresses = (
        as_written_alike(pa.array(told, pa.string())).to_pylist()
        for told in ([one.customer_id for one in words], [one.address for one in words])
    )
    for one, number, address in zip(words, numbers, addresses, strict=True):
        if "@" in (number or ""):
            yield replace(one, customer_id=None, address=address or number)
        else:
            yield replace(one, customer_id=number or None, address=address or None)


def _write(workspace: Workspace, rows: Iterable[Any]) -> None:
    made = [
        {
            "customer_id": row.customer_id or row.address, "channel": channel, "said_at": row.said_at,
            "is_given": row.is_given, "basis": row.basis or None, "evidence": f"{FROM_LEDGER}{row.id}",
        }
        for row in rows
        for channel in ([row.channel] if row.channel != "any" else list(Channel))
    ]  # fmt: skip
    latest = {tuple(row[name] for name in contract(TABLE).key): row for row in made}
    new = pa.Table.from_pylist(list(latest.values()), schema=contract(TABLE).schema)
    with workspace.change("consents from the ledger") as change, workspace.engine(as_written=True) as engine:
        engine.load("given_rows", new)
        keep_given_rows(workspace, change, engine, TABLE)
