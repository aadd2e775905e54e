"""Whether a journey can be walked: every way leads somewhere, no circle runs without a wait, every step is reached."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from passend.campaigns.blocks import UNSAID, blocks_of
from passend.campaigns.schema import Campaign, Kind, Step
from passend.errors import InvalidCampaign

#: The ways that each kind of step must name. What follows a failure is part of them: a failed send is not "done".
NEEDED: dict[Kind, tuple[str, ...]] = {
    Kind.WAIT: ("then",),
    Kind.SEND: ("then", "failed"),
    Kind.DECIDE: ("nothing",),
    Kind.CHECK: ("yes", "no"),
    Kind.HAND: ("then", "failed"),
    Kind.WEBHOOK: ("then", "failed"),
    Kind.SPLIT: (),
    Kind.STOP: (),
}


@dataclass(frozen=True)
class Finding:
    """Something about a journey that is wrong (an error) or odd (a warning), and at which step."""

    is_error: bool
    line: int
    says: str
    remedy: str
    step: str = ""


def findings(campaign: Campaign) -> list[Finding]:
    """All that is wrong or odd about the journey, errors first."""
    found = [
        *_ends(campaign),
        *_circles(campaign),
        *_asked(campaign),
        *_unsaid(campaign),
        *_unreached(campaign),
    ]
    return sorted(found, key=lambda one: (not one.is_error, one.line))


def insist(campaign: Campaign) -> None:
    """Refuse a journey that cannot be walked.

    Raises:
        InvalidCampaign: the first error, with its line.
    """
    for one in findings(campaign):
        if one.is_error:
            raise InvalidCampaign(one.says, record=f"{campaign.source}, line {one.line}", remedy=one.remedy)


def _ends(campaign: Campaign) -> Iterator[Finding]:
    """Ways that lead nowhere."""
    if campaign.first not in campaign.steps:
        says = f"The first step {campaign.first} does not exist."
        yield Finding(is_error=True, line=1, says=says, remedy="Name one of the steps.")
    for step in campaign.steps.values():
        for way in NEEDED[step.kind]:
            if way not in step.ways:
                yield Finding(
                    is_error=True,
                    line=step.line,
                    says=f"Step {step.name} is a dead end: it has no way '{way}'.",
                    remedy=f"Add '{way}:' and the name of a step, such as one that stops.",
                    step=step.name,
                )
        if step.kind in (Kind.DECIDE, Kind.SPLIT) and not set(step.ways) - {"nothing"}:
            yield Finding(
                is_error=True,
                line=step.line,
                says=f"Step {step.name} is a dead end: it has no ways.",
                remedy="Name a step for each channel or part.",
                step=step.name,
            )
        for way, to in step.ways.items():
            if to not in campaign.steps:
                yield Finding(
                    is_error=True,
                    line=step.line,
                    says=f"Step {step.name} leads by '{way}' to {to}, which does not exist.",
                    remedy="Name one of the steps.",
                    step=step.name,
                )


def _takes_time(step: Step) -> bool:
    """Whether a person stays on the step for a while whatever way is gone."""
    return step.kind == Kind.WAIT and bool(step.wait or step.at_best_hour)


def _circles(campaign: Campaign) -> Iterator[Finding]:
    """Circles in which nobody ever waits: they would be walked without end in a moment."""
    open_steps = {name: step for name, step in campaign.steps.items() if not _takes_time(step)}
    seen: dict[str, bool] = {}  # step -> still on the path

    for start, first in open_steps.items():
        if start in seen:
            continue
        path: list[tuple[str, Iterator[str]]] = [(start, iter(first.ways.values()))]
        seen[start] = True
        while path:
            name, ways = path[-1]
            for to in ways:
                if seen.get(to):
                    yield Finding(
                        is_error=True,
                        line=campaign.steps[to].line,
                        says=f"Step {to} is reached again from {name} without any wait.",
                        remedy="Put a wait into the circle.",
                        step=to,
                    )
                elif to in open_steps and to not in seen:
                    seen[to] = True
                    path.append((to, iter(open_steps[to].ways.values())))
                    break
            else:
                seen[name] = False
                path.pop()


def _asked(campaign: Campaign) -> Iterator[Finding]:
    """Checks that ask about a message that no step sends."""
    for step in campaign.steps.values():
        if step.about and not (step.about in campaign.steps and campaign.steps[step.about].is_contact):
            yield Finding(
                is_error=True,
                line=step.line,
                says=f"Step {step.name} asks about {step.about}, which sends nothing.",
                remedy="Name a step that sends, hands to staff, or calls a webhook.",
                step=step.name,
            )


def _unsaid(campaign: Campaign) -> Iterator[Finding]:
    """Blocks that still say what they began with."""
    for step in campaign.steps.values():
        versions = [step.said(one) for one in ("", *campaign.variants)]
        kinds = [one.kind for said in versions for one in blocks_of(said) if UNSAID in one.told.values()]
        for kind in dict.fromkeys(kinds):
            yield Finding(
                is_error=True,
                line=step.line,
                says=f"A block of step {step.name} still says '...': {kind}.",
                remedy="Write its words, or remove the block.",
                step=step.name,
            )


def reached(campaign: Campaign) -> set[str]:
    """The steps to which some way leads from the first."""
    found: set[str] = set()
    ahead: Sequence[str] = [campaign.first]
    while ahead:
        found |= set(ahead)
        ahead = [
            to
            for name in ahead
            if name in campaign.steps
            for to in campaign.steps[name].ways.values()
            if to not in found
        ]
    return found


def _unreached(campaign: Campaign) -> Iterator[Finding]:
    known = reached(campaign)
    for step in campaign.steps.values():
        if step.name not in known:
            yield Finding(
                is_error=False,
                line=step.line,
                says=f"Nobody ever comes to step {step.name}.",
                remedy="Let a way lead to it, or delete it.",
                step=step.name,
            )
