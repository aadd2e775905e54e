"""Whether a comparison is sound, before anybody reads what it found.

People who are in two arms or were contacted though held out are told and never taken out: who is in two arms is no
matter of chance.
"""

import numpy as np

from passend.results.buying import buying
from passend.results.distributions import ndtr
from passend.results.drawing import drawing
from passend.results.evidence import Evidence
from passend.results.finding import ALARM, LEAST_EXPECTED, TOO_MANY, Finding, too_many
from passend.results.tally import Tally

#: Share of treated customers at whose contact nothing was sent, from which on the effect is that of another campaign.
UNSENT_TOLD, UNSENT_GRAVE = 0.02, 0.1


def findings(given: Evidence) -> list[Finding]:
    """All that is wrong with one phase of a campaign, the gravest first."""
    found = [*drawing(given), *_contacting(given.tally), *buying(given), *_provisional(given.tally)]
    return sorted(found, key=lambda one: not one.is_grave)


def is_unhealthy(found: list[Finding]) -> bool:
    """Whether the comparison must not be believed."""
    return any(one.is_grave for one in found)


def _contacting(tally: Tally) -> list[Finding]:
    return [*_two_arms(tally), *_contaminated(tally), *_leakage(tally), *_too_early(tally), *_unsent(tally)]


def _two_arms(tally: Tally) -> list[Finding]:
    both = float(tally.in_both.sum() / 2)
    if not both:
        return []
    says = f"{both:,.0f} customers are in both arms; they are counted in both."
    return [Finding("two arms", says, too_many(both, float(tally.people.sum())))]


def _contaminated(tally: Tally) -> list[Finding]:
    wrong = float(tally.contacted[:, 1].sum())
    if not wrong:
        return []
    return [
        Finding(
            "contaminated hold-out",
            f"{wrong:,.0f} customers who were held out have been contacted; the effect is understated.",
            too_many(wrong, float(tally.people[:, 1].sum())),
        )
    ]


def _leakage(tally: Tally) -> list[Finding]:
    people, exposed = tally.people.sum(axis=0), tally.exposed.sum(axis=0)
    if min(people) < LEAST_EXPECTED or not 0 < exposed.sum() < people.sum():
        return []
    both = exposed.sum() / people.sum()
    error = np.sqrt(both * (1 - both) * (1 / people[0] + 1 / people[1]))
    shares = exposed / people
    if min(exposed.sum(), (people - exposed).sum()) < LEAST_EXPECTED:
        return []
    if 2 * ndtr(-abs(shares[0] - shares[1]) / error) >= ALARM:
        return []
    return [
        Finding(
            "exposure leakage",
            f"{shares[0]:.1%} of the treated came to a contact, and {shares[1]:.1%} of the held-out would have: "
            "the arms do not walk the same way.",
            is_grave=True,
        )
    ]


def _too_early(tally: Tally) -> list[Finding]:
    early = float(tally.too_early.sum())
    if not early:
        return []
    return [
        Finding(
            "contact too early",
            f"{early:,.0f} customers came to a contact on a day before they became eligible: what it moved is not "
            "counted.",
            too_many(early, float(tally.exposed.sum())),
        )
    ]


def _unsent(tally: Tally) -> list[Finding]:
    """A campaign that was not sent adds nothing, and that says nothing of the offer."""
    exposed, people = float(tally.exposed[:, 0].sum()), float(tally.people[:, 0].sum())
    if people and not exposed and not tally.contacted[:, 0].sum():
        return [
            Finding(
                "not sent",
                f"Nothing was sent to any of {people:,.0f} treated customers.",
                is_grave=people >= TOO_MANY,
            )
        ]
    unsent = float(tally.unsent[:, 0].sum())
    if unsent < TOO_MANY or unsent < UNSENT_TOLD * exposed:
        return []
    return [
        Finding(
            "not sent",
            f"Nothing was sent to {unsent:,.0f} of {exposed:,.0f} treated customers who came to a contact; the effect "
            "is understated.",
            unsent >= UNSENT_GRAVE * exposed,
        )
    ]


def _provisional(tally: Tally) -> list[Finding]:
    open_ones = float(tally.provisional.sum())
    if not open_ones:
        return []
    return [
        Finding(
            "late returns",
            f"Windows or returns of {open_ones:,.0f} of {tally.people.sum():,.0f} customers are still open: "
            "figures are provisional.",
            is_grave=False,
        )
    ]
