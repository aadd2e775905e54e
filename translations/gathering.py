"""Gathers what the source says: messages of faces, and the sentences that tables and exceptions hold."""

import ast
import inspect
import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import click
from jinja2 import Environment, nodes

import dev
from passend.campaigns.blocks import FIELDS as BLOCKS
from passend.campaigns.schema import TRIGGERS
from passend.cli import cli
from passend.cli.tongue import CAPITALS
from passend.decisions.reasons import STEPS
from passend.decisions.rules.example import comments
from passend.decisions.rules.schema import FIELDS
from passend.engines.tried import INSTEAD
from passend.flow.access.users import PEOPLE
from passend.flow.assuming import KNOWN
from passend.flow.segments import SIGNS
from passend.flow.serving.keys import SCOPES
from passend.flow.steps import STEPS as STORY
from passend.intake.firm_columns import TABLES
from passend.intake.formats import FOREIGN
from passend.intake.joined_cells import COUNTED
from passend.intake.known import all_layouts
from passend.intake.synonyms import MEANINGS
from passend.language.phrases import PLACE
from passend.market.catalogue import NUMBERED
from passend.market.parameters import FAMILY, PARAMETERS, RELATION
from passend.market.people import KINDS
from passend.market.scenario import load_scenario, shipped
from passend.results.scorecard import SCORECARD_WORDS
from passend.results.words import WORDS as RESULT_WORDS
from passend.settings import SETTINGS
from passend.tables import CONTRACTS
from passend.vocabulary import Channel, Relation, Treatment, Verdict
from passend.web.journeys import ASKED, BY
from passend.web.rooms import ROOMS
from passend.web.rooms.finding import DEEP
from passend.web.touring import DONE, END, PLAYING
from passend.web.touring import STEPS as TOUR
from translations.literals import fragments, sentences
from translations.refusals import DEPTH, Code, called

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "passend"
#: What speaks before anything is installed.
DOOR = Path(dev.__file__)
#: Functions whose first text is a message.
SAYING = {"phrase", "_", "word"}
_SAYS = re.compile(r"\b(?:phrase|word|_advice|print_table)\(")
#: Words that tables hold and that no list of the code names.
WORDS = (
    *("month", "quarter", "year", "popular", "any channel", "order", "contract anniversary"),
    *("product_page", "cart"),
    *("placement", "pinned", "boosted", "buried", "taken back", "removed", "set"),
    *("beside", "factor", "until", "decision", "product", "share", "all"),
    *("held out", "at hand", "excluded", "owned", "kept apart", "stock", "consent", "left alone", "limit"),
    *("below the threshold", "not retrieved", "unknown", "customer", "visit", "hour", "open"),
    *("morning", "afternoon", "evening", "night", "name", "email", "phone", "region", "segment", "since"),
    *("revenue reverser", "service demander", "promotion maximiser", "spending limiter"),
    *(
        "pin",
        "forbid",
        "retype",
        "release",
        "annotate",
        "merge",
        "part",
        "automatic",
        "refresh",
        "import",
        "plan",
    ),
    *("merge customers", "part customers", "edit relations", "erase a customer", "treat a customer"),
    *(
        "workspace",
        "disk",
        "logged",
        "doubly robust",
        "difference",
        "estimation",
        "allocation",
        "exploration",
    ),
    *("money", "offers", "capacity", "stock", "staff", "fairness", "share", "permissions"),
    *("draft", "running", "paused", "cancelled", "ended", "new", "same", "changed", "no file"),
    *("deleted", "shorter wait", "longer wait"),
    *("shop", "gym", "insurer", "b2b"),
    *("Making a plan", "Trying other rules", "Reading the files", "Measuring what offers add"),
    *("double opt-in", "opt-in", "existing customer", "not needed"),
    *("no need", "too expensive", "has it already", "bad moment"),
    *("accepted", "deferred", "refused", "unclear", "nobody", "mailbox", "message", "sender", "line"),
    *("then", "failed", "yes", "no", "nothing"),
    *("data", "consents", "edited relations", "treatments of customers", "assumptions"),
    *("mail server", "receiver", "links", "good", "bad", "not read"),
    *("likely", "tentative", "by name and category"),
    *("due", "sated", "campaign", "segment", "user", "key", "setting", "rules", "former_tools", "outbox"),
    *("saved", "drafted", "published", "approved", "restored", "resumed", "revoked"),
    *("rotated", "rolled back", "recalled"),
    *(
        "imported",
        "made",
        "logged in",
        "switched off",
        "switched on",
        "named a former tool",
        "password changed",
    ),
    *(
        "second factor on",
        "second factor off",
        "recovery code used",
        "disabled",
        "enabled",
    ),
    *("accepted at the desk", "declined at the desk", "put off at the desk", "treatment decided"),
    *("answer taken back", "was"),
    *("consent noted", "objection noted", "exported", "erased", "merged", "parted"),
    *(
        "told to staff",
        "how",
        "noted by",
        "table consents",
        "table contacts",
        "sign-up page",
        "preference page",
    ),
    *("link to unsubscribe",),
    *("firm's account linked", "firm's account unlinked", "login refused", "by"),
    *("role", "rule", "version", "approved by", "under way", "reason", "token"),
    *("to version", "overdue", "before", "after"),
    *("order lines", "line break"),
    *("shop", "gym", "insurer", "b2b"),
    *(
        "Making a plan",
        "Trying other rules",
        "Reading the files",
        "Measuring what offers add",
        "Merging customers",
        "Playing weeks of the market",
    ),
)
#: What click says itself.
CLICK = (
    "Show this message and exit.", "Usage:", "Options", "Commands", "Error: {message}",
    "Try '{command} {option}' for help.", "default: {default}", "required", "Missing command.", "Missing argument",
    "Missing option", "Invalid value: {message}", "Invalid value for {param_hint}: {message}",
    "No such option {name!r}.", "No such command {name!r}.", "Did you mean {possibility}?",
    "{value!r} is not {choice}.",
    "{value!r} is not a valid {number_type}.", "{value} is not in the range {range}.",
    "Got unexpected extra argument ({args})", "Option {name!r} requires an argument.",
    "{name} {filename!r} does not exist.", "{name} {filename!r} is a directory.", "{name} {filename!r} is a file.",
)  # fmt: skip
#: Words of metavars that are the same in every language, and types that nobody reads.
SAME = {"ID", "JSON", "TEXT", "DATEI", "text", "boolean", "choice"}
#: Columns of customers' facts that explain no chance.
SILENT_FACTS = {"customer_id", "as_of", "first_order_at", "last_order_at", "currency"}
#: Tables that commands list as they are.
LISTED = ("relation_edits", "treatment_edits", "customer_merges")
#: Files whose sentences are stored in tables and retold by faces.
STORING = (
    "campaigns/consent/standing.py", "campaigns/graph.py", "cli/__init__.py", "cli/look.py",
    "customers/propensity/reasons.py", "customers/scores.py", "customers/sql/customer_kinds.sql",
    "customers/sql/verdicts.sql", "decisions/deciding.py", "decisions/funnel.py",
    "decisions/knowledge/learning.py", "decisions/limits.py", "decisions/permissions.py",
    "decisions/promise.py", "decisions/replay.py", "decisions/reasons.py", "decisions/rules/consent.py",
    "decisions/rules/contradictions.py", "decisions/rules/eligibility.py",
    "decisions/sql/offer_reasons.sql", "decisions/sql/offers.sql", "engines/traps.py",
    "flow/campaigns/telling.py",
    "flow/identity.py", "flow/lookup.py", "flow/plans.py", "flow/replaying.py", "intake/amounts_reading.py",
    "intake/amounts_sample.py", "intake/amounts_tally.py", "intake/assign.py", "intake/certainty.py",
    "intake/columns.py", "intake/decimals.py", "intake/draft.py", "intake/firm_columns.py",
    "intake/formats.py", "intake/headerless.py", "intake/joined.py", "intake/known.py", "intake/lessons.py",
    "intake/misread.py", "intake/opening.py", "intake/own_tables.py", "intake/sql/contact_lessons.sql",
    "intake/sql/quarantine.sql", "intake/typed.py", "intake/wide.py", "market/parameters.py",
    "products/compatibility.py", "products/edits.py", "products/next_product/reasons.py",
    "products/sql/likely_relations.sql",
    "products/sql/misfits.sql", "products/sql/recommendations.sql", "products/sql/relations.sql", "results/buying.py",
    "results/drawing.py", "results/effects.py", "results/health.py",
)  # fmt: skip
#: Their short words that programs rely on; people see the sentence beside them.
CODES = {
    "better offers", "brings nothing", "costs more", "does harm", "double opt-in", "existing customer", "left alone",
    "measured to cost more", "minor units", "moves up", "needs consent: {name}", "no margin", "no price", "not needed",
    "consent without basis: {name}",
    "not on sale", "not similar: {name}", "out of stock", "repeat buyers", "shared partners",
    "ten-thousandths of an offer",
    "no notice", "not similar", "too soon",
    "too little", "up-sell only",
    "cannot be measured", "no difference found", "other products", "changed shares", "contaminated hold-out",
    "exposure leakage", "late returns", "sample ratio", "two arms", "unlike before", " in one week", "days left",
    "contact too early", "doubled lines", "no outcomes", "not sent", "shifted clock", "unlike amounts",
    "unlike channels",
}  # fmt: skip


@lru_cache(maxsize=1)
def says() -> dict[str, str]:
    """Every message that a face says -> the file that says it; words that tables hold among them."""
    found: dict[str, str] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        text = file.read_text("utf-8")
        for message in _of_code(text) if _SAYS.search(text) else ():
            found.setdefault(message, _place(file))
    for file in sorted(PACKAGE.rglob("*.j2")):
        for message in _of_template(file.read_text("utf-8")):
            found.setdefault(message, _place(file))
    for message in (*_of_code(DOOR.read_text("utf-8"), {"say"}), *dev.USAGE.values(), *dev.ADVICE.values()):
        found.setdefault(message, DOOR.name)
    for text in (*_of_help(cli), *CLICK):
        found.setdefault(text, "help")
    facts = {one.name for one in CONTRACTS["customer_facts"].columns} - SILENT_FACTS
    named = {name.removesuffix("_cents").replace("_", " ") for name in facts}
    listed = {one.name for name in LISTED for one in CONTRACTS[name].columns}
    for text in {
        *listed,
        *KINDS,
        *BLOCKS,
        *(name for fields in BLOCKS.values() for name in fields),
        *TRIGGERS,
        *Verdict,
        *Treatment,
        *Relation,
        *Channel,
        *STEPS,
        *WORDS,
        *RESULT_WORDS,
        *SCORECARD_WORDS,
        *named,
        *PEOPLE,
        *SCOPES.values(),
        *(room.title for room in ROOMS),
        *(title for _, title, _ in DEEP),
        *(text for one in (*TOUR, DONE, PLAYING, END) for text in (one.title, one.says)),
        *SIGNS,
        *KNOWN.values(),
        *TABLES,
        *(*ASKED.values(), *BY.values()),
        *NUMBERED,
        *MEANINGS,
        *(one.name for name in TABLES if name in CONTRACTS for one in CONTRACTS[name].columns),
        *(step.room for step in STORY),
        *sold(),
        COUNTED,
        *comments(),
        *(layout.name for layout in all_layouts()),
    }:
        found.setdefault(str(text), "words of tables")
    return found


@lru_cache(maxsize=1)
def followed() -> dict[str, str]:
    """Messages that a name or a list of the same file holds until they are said -> that file."""
    found: dict[str, str] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        text = file.read_text("utf-8")
        for message in _by_name(text) if _SAYS.search(text) else ():
            found.setdefault(message, _place(file))
    return found


def _by_name(text: str) -> Iterator[str]:
    """What stands behind first arguments of ``phrase`` and its like that are no texts themselves."""
    code = Code(ast.parse(text))
    for call in code.calls:
        if called(call) in SAYING and call.args and not isinstance(call.args[0], ast.Constant):
            told = code.told(call.args[0], call, DEPTH)
            yield from (one for one in told if re.search(r"[A-Za-z]{2,}", PLACE.sub("", one)))


def sold() -> Iterator[str]:
    """The names and categories that the shipped scenarios give to what their firms sell."""
    for scenario in map(load_scenario, shipped()):
        for family in scenario.families:
            yield family["name"]
            yield from family["category"].split(" > ")


def labels() -> dict[str, str]:
    """Texts that lists of the code hold, such as what a setting does -> the list."""
    facts = (one for contract in CONTRACTS.values() for one in contract.columns if contract.name in TABLES)
    lists: dict[str, Iterable[str]] = {
        "kinds of files": FOREIGN,
        "settings": (one.help for one in SETTINGS),
        "rules": (one.help for one in FIELDS),
        "steps": (one.says for one in STORY),
        "meanings of columns": (*MEANINGS.values(), *(one.meaning for one in facts if one.required)),
        "parameters of a market": (one.help for one in (*PARAMETERS, *FAMILY, *RELATION)),
        "instead of what engines do differently": INSTEAD.values(),
    }
    return {text: name for name, texts in lists.items() for text in texts}


def untold(known: Iterable[str]) -> list[str]:
    """Sentences of the files and lists that store them, of which a part is in no message of the catalogue."""
    known = list(known)
    bare = [_bare(message) for message in known]
    unlisted = [f"{name}: {text}" for text, name in labels().items() if text not in known]
    return unlisted + [
        f"{name}: {said}"
        for name in STORING
        for said in _sentences(PACKAGE / name)
        if said.strip() not in CODES and not all(any(part in one for one in bare) for part in _parts(said))
    ]


def unstored(known: Iterable[str]) -> list[str]:
    """Stored messages of which a part stands in no file of the source any more."""
    text = _source()
    return [message for message in known if not all(_stands(part, text) for part in _parts(message))]


@lru_cache(maxsize=1)
def _source() -> str:
    """All code and SQL, with texts that run over lines put together."""
    files = sorted(file for ending in ("*.py", "*.sql") for file in PACKAGE.rglob(ending))
    text = "\n".join(file.read_text("utf-8") for file in files)
    return re.sub(r'"\s*\n\s*f?"', "", text).replace("''", "'")


def _stands(part: str, text: str) -> bool:
    """Whether a part is in the source, whole or put together of two."""
    words = part.split(" ")
    halves = ((" ".join(words[:at]), " ".join(words[at:])) for at in range(len(words)))
    return any(one in text and two in text for one, two in halves)


def _sentences(file: Path) -> list[str]:
    text = file.read_text("utf-8")
    return fragments(text) if file.suffix == ".sql" else list(sentences(text))


def _bare(message: str) -> str:
    return PLACE.sub("\0", message)


def _parts(message: str) -> list[str]:
    """The fixed parts of a message between its places and clauses, of two words or more."""
    parts = (part.strip(" .,;:()'%") for part in re.split(r"\0|[;:.,] ", _bare(message)))
    return [part for part in parts if len(re.findall(r"[A-Za-z]{2,}", part)) >= 2 and part not in CODES]


def _place(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


def _of_code(text: str, saying: Collection[str] = SAYING) -> Iterator[str]:
    """First arguments of ``phrase`` and its like."""
    for call in ast.walk(ast.parse(text)):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        texts = [
            one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
        if name == "_advice":
            yield from texts
        elif name == "print_table":
            heads = call.args[1].elts if len(call.args) > 1 and isinstance(call.args[1], ast.Tuple) else []
            known = (one.value for one in (call.args[0], *heads) if isinstance(one, ast.Constant))
            yield from (str(one) for one in known if one)
        elif name in saying and texts and isinstance(call.args[0], ast.Constant):
            yield texts[0]


def _of_help(command: click.Command) -> Iterator[str]:
    """What ``--help`` says of a command, its options and the commands below it."""
    options = (one.help for one in command.params if isinstance(one, click.Option))
    yield from (inspect.cleandoc(text) for text in (command.help, *options) if text)
    yield from _metavars(command)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            yield from _of_help(inner) if inner else ()


def _metavars(command: click.Command) -> Iterator[str]:
    """The words that stand for values in what a command's help shows, and the types that they take."""
    shown = [one.make_metavar(click.Context(command)) for one in command.params if not _is_choice(one)]
    shown += [command.options_metavar or "", getattr(command, "subcommand_metavar", "")]
    for metavar in shown:
        yield from (found for found in CAPITALS.findall(metavar) if found not in SAME)
    yield from (one.type.name for one in command.params if one.type.name not in SAME)


def _is_choice(parameter: click.Parameter) -> bool:
    """Whether help shows the choices of a parameter, or no value at all."""
    is_flag = isinstance(parameter, click.Option) and parameter.is_flag
    return is_flag or (isinstance(parameter.type, click.Choice) and parameter.metavar is None)


def _of_template(text: str) -> Iterator[str]:
    """First arguments of ``_`` in a page's template."""
    for call in Environment(autoescape=True).parse(text).find_all(nodes.Call):
        if (
            isinstance(call.node, nodes.Name)
            and call.node.name in SAYING
            and isinstance(call.args[0], nodes.Const)
        ):
            yield call.args[0].value


def bare_words(text: str) -> list[str]:
    """Words between the tags of a page's template that no message says."""
    parts = (one.data for one in Environment(autoescape=True).parse(text).find_all(nodes.TemplateData))
    page = "\0".join(parts)
    said = re.findall(r'(?:aria-label|title|alt)="([^"]*)"', page)
    bare = re.sub(r"<style>.*?</style>|<title>.*?</title>|<[^>]*>|&\w+;", " ", page, flags=re.DOTALL)
    return re.findall(r"[A-Za-z]{2,}(?: [A-Za-z]+)*", " ".join([bare, *said]))
