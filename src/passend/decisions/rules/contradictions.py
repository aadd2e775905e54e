"""Rules that can never hold, that contradict each other, or that nothing can reach: found before a plan is made."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from passend.decisions.rules.schema import WEEKDAYS, Condition, Gate, Path, Rules
from passend.errors import InvalidRules
from passend.vocabulary import Channel


@dataclass(frozen=True)
class Finding:
    """Something wrong with the rules.

    Attributes:
        is_error: no plan can be made until it is mended; otherwise it is worth a look.
        says: what is wrong, in one sentence.
        lines: where the rules stand that are concerned; 0 is the command line.
    """

    is_error: bool
    says: str
    lines: tuple[int, ...]

    @property
    def where(self) -> str:
        """The lines in words."""
        numbers = [str(line) for line in self.lines if line]
        if not numbers:
            return "the command line" if self.lines else "the defaults"
        named = f"line {numbers[0]}" if len(numbers) == 1 else f"lines {', '.join(numbers)}"
        return f"the command line and {named}" if 0 in self.lines else named


@dataclass(frozen=True)
class Known:
    """What the firm's tables hold, to find rules on products or segments that do not exist.

    Attributes:
        values: column -> its values; a column that is absent or empty is not known at all.
    """

    values: Mapping[str, frozenset[str]]

    def lacks(self, column: str, value: str) -> bool:
        """Whether the column is known and does not hold the value (for a category: nothing below it)."""
        held = self.values.get(column, frozenset())
        if not held:
            return False
        if column == "category":
            return not any(one == value or one.startswith(f"{value} > ") for one in held)
        return value not in held


def findings(rules: Rules, known: Known | None = None) -> list[Finding]:
    """All that is wrong with the rules, errors first."""
    checks = (_caps, _channels, _hours, _consent, _budget, _staff, _fairness, _gates, _pairs)
    found = [one for check in checks for one in check(rules)]
    if known is not None:
        found += _unknown(rules, known)
    return sorted(found, key=lambda one: (not one.is_error, one.lines, one.says))


def insist(found: Iterable[Finding]) -> None:
    """Raise on the first error, telling of all.

    Raises:
        InvalidRules: there is at least one error.
    """
    errors = [one for one in found if one.is_error]
    if errors:
        more = "; ".join(f"{one.where}: {one.says}" for one in errors[1:])
        raise InvalidRules(
            errors[0].says,
            record=errors[0].where,
            remedy="Change rules.yaml there." + (f" Also, {more}" if more else ""),
        )


def _finding(rules: Rules, says: str, *paths: Path, error: bool = True) -> Finding:
    lines = tuple(dict.fromkeys(rules.lines[path] for path in paths if path in rules.lines))
    return Finding(error, says, lines)


def _caps(rules: Rules) -> Iterator[Finding]:
    total = ("customer", "most_offers")
    for one in rules.channels.values():
        path = _room_path(rules, one.name)
        if one.use and path in rules.lines and one.room > rules.most_offers:
            yield _finding(
                rules,
                f"{one.name} may take {one.room} offers of a customer, but a customer gets at most "
                f"{rules.most_offers} in all: the higher cap is never reached.",
                total,
                path,
                error=False,
            )
        gap = ("channels", one.name, "gap_days")
        if one.use and gap in rules.lines and one.gap_days < rules.gap_days:
            yield _finding(
                rules,
                f"The gap of {one.gap_days} days on {one.name} never holds: {rules.gap_days} days on all channels "
                "are longer.",
                ("customer", "gap_days"),
                gap,
                error=False,
            )
        most = ("channels", one.name, "most_contacts")
        if one.use and one.most_contacts is not None and rules.most_contacts is not None \
                and one.most_contacts > rules.most_contacts:  # fmt: skip
            yield _finding(
                rules,
                f"{one.name} allows {one.most_contacts} contacts, but all channels together only "
                f"{rules.most_contacts}: the higher cap is never reached.",
                ("customer", "most_contacts"),
                most,
                error=False,
            )
    if rules.most_offers == 0:
        yield _finding(rules, "No customer may get an offer, so every plan is empty.", total, error=False)


def _room_path(rules: Rules, channel: str) -> Path:
    placed = ("channels", channel, "placements")
    return placed if placed in rules.lines else ("channels", channel, "most_per_customer")


def _channels(rules: Rules) -> Iterator[Finding]:
    for one in rules.channels.values():
        off = ("channels", one.name, "use")
        if not one.use and off in rules.lines:
            for path in rules.lines:
                if path[:2] == ("channels", one.name) and len(path) == 3 and path != off:
                    yield _finding(
                        rules,
                        f"{'.'.join(path)} never holds: {one.name} is not used.",
                        off,
                        path,
                        error=False,
                    )
        placed = ("channels", one.name, "placements")
        cap = ("channels", one.name, "most_per_customer")
        if placed in rules.lines and cap in rules.lines:
            yield _finding(
                rules,
                f"{one.name} has both a cap of {one.most_per_customer} and placements for "
                f"{sum(one.placements.values())} offers.",
                cap,
                placed,
            )
        if one.use and one.capacity == 0:
            yield _finding(
                rules,
                f"{one.name} is used but has a capacity of 0: nothing will be offered there.",
                ("channels", one.name, "capacity"),
                error=False,
            )
    if not rules.used:
        yield _finding(
            rules,
            "No channel is used, so every plan is empty.",
            *(("channels", name, "use") for name in Channel),
        )


def _hours(rules: Rules) -> Iterator[Finding]:
    for one in rules.used:
        hours, send = ("channels", one.name, "hours"), ("channels", one.name, "send_at")
        begin, end = one.hours
        if begin == end:
            yield _finding(rules, f"{one.name} has no hour in which a message may arrive.", hours)
        elif send in rules.lines and not is_open(one.hours, one.send_at):
            yield _finding(
                rules,
                f"{one.name} is sent at {_clock(one.send_at)}, but messages may arrive from {_clock(begin)} to "
                f"{_clock(end)} only.",
                send,
                hours,
            )


def is_open(hours: tuple[int, int], minute: int) -> bool:
    """Whether a minute of the day lies in the hours, which may run over midnight."""
    begin, end = hours
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _consent(rules: Rules) -> Iterator[Finding]:
    for one in rules.used:
        basis = ("channels", one.name, "legal_basis")
        if one.legal_basis != "existing customer":
            continue
        if one.name != Channel.EMAIL:
            yield _finding(
                rules,
                f"The exception for existing customers (German UWG 7(3)) is for electronic mail, not for {one.name}: "
                "it needs consent.",
                basis,
            )
        missing = [name for name in ("notice_at_collection", "notice_in_message") if not getattr(one, name)]
        if missing and one.name == Channel.EMAIL:
            yield _finding(
                rules,
                "The exception for existing customers (German UWG 7(3)) holds only where customers were told of "
                f"their right to object: say {' and '.join(f'{name}: true' for name in missing)} if so.",
                basis,
                *(("channels", one.name, name) for name in missing),
            )
        if one.needs == "nothing":
            yield _finding(
                rules,
                f"{one.name} needs nothing, so its legal basis never counts.",
                ("channels", one.name, "needs"),
                basis,
            )
    for one in rules.used:
        if one.name in (Channel.EMAIL, Channel.PHONE) and one.needs == "nothing":
            yield _finding(
                rules,
                f"Advertising by {one.name} needs consent or a legal basis (German UWG 7).",
                ("channels", one.name, "needs"),
            )


def _budget(rules: Rules) -> Iterator[Finding]:
    money, offers = ("budget", "money"), ("budget", "offers")
    if rules.money == 0 and not any(one.cost_cents == 0 for one in rules.used):
        yield _finding(
            rules,
            "The budget is 0 and every channel costs something: nothing can be offered.",
            money,
            error=False,
        )
    if rules.offers == 0:
        yield _finding(rules, "The plan may hold 0 offers: it stays empty.", offers, error=False)


def _staff(rules: Rules) -> Iterator[Finding]:
    for team in rules.staff:
        used = [name for name in team.channels if rules.channels[name].use]
        if not used:
            yield _finding(
                rules,
                f"{team.team} serves {', '.join(team.channels)}, which is not used.",
                team.path,
                *(("channels", name, "use") for name in team.channels),
                error=False,
            )
        if not any(team.minutes.get(day, 0) >= team.minutes_per_offer for day in WEEKDAYS):
            yield _finding(
                rules,
                f"{team.team} has no day with the {team.minutes_per_offer:g} minutes that one offer takes.",
                (*team.path, "minutes_per_offer"),
                (*team.path, "minutes"),
                error=False,
            )
    for place, team in enumerate(rules.staff):
        for other in rules.staff[:place]:
            both = set(team.channels) & set(other.channels)
            if both:
                yield _finding(
                    rules,
                    f"{team.team} and {other.team} both serve {', '.join(sorted(both))}; whose time counts is unclear.",
                    other.path,
                    team.path,
                )


def _fairness(rules: Rules) -> Iterator[Finding]:
    for place, one in enumerate(rules.fairness):
        if one.most_share is None and one.most is None:
            yield _finding(rules, f"The rule on {one.category} says neither most_share nor most.", one.path)
        for other in rules.fairness[:place]:
            if other.category == one.category:
                yield _finding(
                    rules, f"There are two rules of fairness on {one.category}.", other.path, one.path
                )


def _gates(rules: Rules) -> Iterator[Finding]:
    for gate in rules.gates:
        low, high = gate.who.numbers.get("age_from"), gate.who.numbers.get("age_below")
        if low is not None and high is not None and low >= high:
            yield _finding(
                rules,
                f"Nobody is at least {low} and below {high}: the rule can never hold.",
                (*gate.path, "who", "age_from"),
                (*gate.path, "who", "age_below"),
            )
        if gate.who.is_empty and gate.what.is_empty:
            yield _finding(rules, f"The rule '{gate.kind}' says neither who nor what.", gate.path)
        if gate.kind == "only" and gate.who.is_empty and gate.when.is_empty and not gate.what.is_empty:
            yield _finding(rules, "The rule 'only' says neither who nor when.", gate.path)
        for name in gate.what.texts.get("channel", ()):
            if not rules.channels[name].use:
                yield _finding(
                    rules,
                    f"The rule is on {name}, which is not used.",
                    gate.path,
                    ("channels", name),
                    error=False,
                )
    for never in (one for one in rules.gates if one.kind == "never"):
        for only in (one for one in rules.gates if one.kind == "only"):
            if all(_covers(getattr(never, part), getattr(only, part)) for part in ("what", "who", "when")):
                yield _finding(
                    rules,
                    "One rule forbids to everybody what the other allows to some: together nobody gets it.",
                    never.path,
                    only.path,
                )


def _covers(wide: Condition, narrow: Condition) -> bool:
    """Whether all that is in the narrow condition is surely in the wide one."""
    texts = all(
        name in narrow.texts and set(narrow.texts[name]) <= set(words) for name, words in wide.texts.items()
    )
    flags = all(narrow.flags.get(name) == value for name, value in wide.flags.items())
    ages = wide.numbers.get("age_from", 0) <= narrow.numbers.get("age_from", 0)
    ages = ages and wide.numbers.get("age_below", 999) >= narrow.numbers.get("age_below", 999)
    held = all(
        days not in wide.numbers or narrow.numbers.get(days, 10**9) <= wide.numbers[days]
        for days in ("returned_within_days", "bought_within_days")
    )
    return texts and flags and ages and held


def _pairs(rules: Rules) -> Iterator[Finding]:
    for place, pair in enumerate(rules.apart):
        if len(set(pair)) < 2:
            yield _finding(
                rules,
                f"A pair to be kept apart needs two products, not {', '.join(pair)}.",
                ("apart", str(place)),
            )


def _unknown(rules: Rules, known: Known) -> Iterator[Finding]:
    def missing(column: str, words: Sequence[str], path: Path) -> Iterator[Finding]:
        for word in words:
            if known.lacks(column, word):
                says = f"There is no {column} '{word}' in the firm's tables: the rule holds for nothing."
                yield _finding(rules, says, path, error=False)

    for product in rules.stock:
        yield from missing("product", (product,), ("stock", product))
    for place, pair in enumerate(rules.apart):
        yield from missing("product", pair, ("apart", str(place)))
    for one in rules.fairness:
        yield from missing("category", (one.category,), one.path)
    for gate in rules.gates:
        yield from _unknown_in(gate, known, rules)


def _unknown_in(gate: Gate, known: Known, rules: Rules) -> Iterator[Finding]:
    columns = {"owns": "product", "product": "product", "category": "category"}
    columns |= {name: name for name in ("segment", "region", "language")}
    for part, condition in (("who", gate.who), ("what", gate.what)):
        for name, words in condition.texts.items():
            if name not in columns:
                continue
            path = (*gate.path, part, name)
            if name in ("segment", "region", "language") and not known.values.get(name):
                yield _finding(
                    rules,
                    f"The {name} of customers is not known, so nobody fits the rule: give a table 'customers'.",
                    path,
                    error=gate.kind == "only",
                )
            for word in words:
                if known.lacks(columns[name], word):
                    yield _finding(
                        rules,
                        f"There is no {columns[name]} '{word}' in the firm's tables: the rule holds for nothing.",
                        path,
                        error=False,
                    )
