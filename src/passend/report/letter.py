"""The monthly letter: what the offers earned, where the firm stands, and what to do next, on one page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from passend import language
from passend.report.page import templates
from passend.results import PROFIT, PROGRAMME, Effect, Measured
from passend.results.account import Part, reconciled
from passend.results.actions import Action
from passend.results.pooling import Pooled
from passend.results.promises import Promise, kept_share
from passend.results.restated import AND

#: Campaigns whose claim is reconciled part by part.
_DETAILED = 2
_WIDE = 200


@dataclass(frozen=True)
class Letter:
    """What the letter tells.

    Attributes:
        made_at: when it is written.
        until: the end of the data.
        measured: programme and campaigns.
        pooled: all campaigns together, where there are enough.
        promises: plans, promised beside measured.
        scorecard: rows of the contract.
        actions: what to do next.
        because: why nothing is measured, if so.
        restated: figures that were told earlier and are others now.
        currency: of all amounts.
    """

    made_at: datetime
    until: datetime | None
    measured: Sequence[Measured]
    pooled: Pooled | None
    promises: Sequence[Promise]
    scorecard: Sequence[Mapping[str, Any]]
    actions: Sequence[Action]
    because: str
    currency: str | None
    restated: Sequence[Mapping[str, Any]] = ()

    @property
    def is_over_loss(self) -> bool:
        """Whether all campaigns together seem to have gained, though their plain sum is a loss."""
        return self.pooled is not None and pooled_over_loss(self.pooled, self.measured)


@dataclass(frozen=True)
class Line:
    """A campaign as a row with its bar."""

    one: Measured
    name: str
    effect: Effect | None
    verdict: str
    says: str
    bar: Markup


def render_letter(letter: Letter) -> str:
    """The letter as one HTML page, in the language that is spoken."""
    environment = templates()
    environment.globals.update(shown=shown, action=what_to_do, called_by=called_by, causes=causes_of)
    environment.filters.update(
        money=lambda value: language.money(value, letter.currency, is_round=True),
        told=language.retold,
        day=language.day,
    )
    lines = _lines(letter)
    return environment.get_template("letter.html.j2").render(
        letter=letter,
        language=language.chosen(),
        lines=lines,
        head=_head(letter, lines),
        detailed=_detailed(lines),
        kept=kept_share(letter.promises),
        strong=[row for row in letter.scorecard if row["rating"] == "strong" and row["source"]],
        weak=[row for row in letter.scorecard if row["rating"] == "weak" and row["source"]],
    )


def pooled_over_loss(pooled: Pooled, measured: Sequence[Measured]) -> bool:
    """Whether campaigns pulled towards what is usual seem to have gained, though their plain sum is a loss."""
    single = [
        one.effects[PROFIT].total for one in measured if one.campaign != PROGRAMME and one.cannot is None
    ]
    return pooled.total > 0 > sum(single)


def causes_of(row: Mapping[str, Any]) -> str:
    """Why a figure was restated, in words."""
    return "; ".join(language.word(one) for one in row["cause"].split(AND))


def letter_subject(letter: Letter) -> str:
    """The letter's subject as a mail."""
    if letter.until is None:
        return language.phrase("What the offers earned")
    return language.phrase("What the offers earned, until {until:d}", until=letter.until)


def letter_text(letter: Letter) -> str:
    """The letter in short, for mail programs that show no pages: the headline, and what to do."""
    lines = _lines(letter)
    head = _head(letter, lines)
    said = []
    if head is not None and head.effect is not None:
        said.append(language.phrase("Added profit: {name}", name=head.name))
        said.append(_amounts(letter, head.effect.total, head.effect.total_low, head.effect.total_high))
    elif letter.pooled is not None:
        said.append(
            language.phrase("Added profit: all campaigns together, each pulled towards what is usual")
        )
        said.append(_amounts(letter, letter.pooled.total, letter.pooled.low, letter.pooled.high))
    else:
        said.append(language.retold(letter.because or language.phrase("Nothing can be measured yet.")))
    said += ["", language.phrase("What to do next")]
    said += [f"- {what_to_do(one)}" for one in letter.actions] or [
        language.phrase("Nothing stands out: go on measuring.")
    ]
    return "\n".join(said) + "\n"


def _amounts(letter: Letter, total: float, low: float, high: float) -> str:
    return language.phrase(
        "{total} (95 %: {low} to {high})",
        total=language.money(total, letter.currency, is_round=True),
        low=language.money(low, letter.currency, is_round=True),
        high=language.money(high, letter.currency, is_round=True),
    )


def called(one: Measured) -> str:
    """What was measured, by its name for people."""
    return called_by(one.campaign, one.phase)


def called_by(campaign: str, phase: int) -> str:
    """A campaign's name for people: of the programme, its quarter."""
    if campaign == PROGRAMME:
        return language.phrase("programme, quarter {quarter} of {year}", quarter=phase % 10, year=phase // 10)
    if campaign.startswith("plan ") and campaign[5:].isdecimal():
        return language.phrase("plan {number}", number=campaign[5:])
    if phase == 1:
        return campaign
    return language.phrase("{name}, phase {phase}", name=campaign, phase=phase)


def verdict_of(one: Measured) -> str:
    """The verdict as people read it."""
    effect = one.effects.get(PROFIT)
    if effect is not None and effect.days_left is not None:
        return language.phrase("{days:n} day left", "{days:n} days left", days=effect.days_left)
    return language.word(one.verdict)


def shown(row: Mapping[str, Any], name: str) -> str:
    """A figure of the scorecard in its unit."""
    value = row[name]
    if value is None:
        return ""
    if row["unit"] == "share":
        return language.share(value)
    if row["unit"] == "money":
        return language.money(value, row["currency"], is_round=True)
    return language.decimal(value, 2 if abs(value) < 10 else 1)


def _lines(letter: Letter) -> list[Line]:
    reach = max(
        (
            max(abs(e.total_low), abs(e.total_high))
            for one in letter.measured
            if (e := one.effects.get(PROFIT))
        ),
        default=1.0,
    )
    return [
        Line(
            one,
            called(one),
            effect := one.effects.get(PROFIT),
            verdict_of(one),
            effect.why if effect else one.cannot.because if one.cannot else "",
            _bar(effect, reach or 1.0),
        )
        for one in letter.measured
    ]


def _bar(effect: Effect | None, reach: float) -> Markup:
    """The interval as a line with its middle, on one scale for all; zero stands in the middle."""
    if effect is None:
        return Markup()
    low, mid, high = (
        round(_WIDE / 2 * (1 + value / reach), 1)
        for value in (effect.total_low, effect.total, effect.total_high)
    )
    colour = "good" if effect.total_low > 0 else "bad" if effect.total_high < 0 else "open"
    return Markup(
        '<svg viewBox="0 0 {wide} 16" width="{wide}" height="16" aria-hidden="true"><line class="zero" x1="{zero}" '
        'x2="{zero}" y1="0" y2="16"/><line class="{colour}" x1="{low}" x2="{high}" y1="8" y2="8"/><circle '
        'class="{colour}" cx="{mid}" cy="8" r="4"/></svg>'
    ).format(wide=_WIDE, zero=_WIDE / 2, colour=colour, low=low, mid=mid, high=high)


def _head(letter: Letter, lines: Sequence[Line]) -> Line | None:
    """The programme's last quarter; without one, all campaigns together (none), or the largest that is measured."""
    able = [line for line in lines if line.effect is not None]
    programme = [line for line in able if line.one.campaign == PROGRAMME]
    if programme:
        return programme[0]
    if letter.pooled is not None:
        return None
    return max(able, key=lambda line: sum(line.one.people), default=None)


def _detailed(lines: Sequence[Line]) -> list[tuple[Line, list[Part]]]:
    able = [line for line in lines if line.effect is not None and line.one.claimed_cents]
    able.sort(key=lambda line: -line.one.claimed_cents)
    return [(line, reconciled(line.one)) for line in able[:_DETAILED]]


def what_to_do(action: Action) -> str:
    """One thing to do, in a sentence."""
    is_all = action.name == PROGRAMME
    name, group = language.word("the programme") if is_all else action.name, language.word(action.group)
    if action.what == "stop" and action.group:
        return language.phrase("Stop {name} for this group: {group}.", name=name, group=group)
    if action.what == "stop":
        return language.phrase("Stop {name}.", name=name)
    if action.what == "go on":
        return language.phrase("Go on with {name}, and extend it to customers like those.", name=name)
    if action.what == "carry out":
        return language.phrase("Carry out {name}.", name=name)
    if action.what == "look at":
        return language.phrase("Mend the comparison of {name} before you believe its figures.", name=name)
    return language.phrase("Make a plan with a hold-out: until then nobody knows what offers add.")
