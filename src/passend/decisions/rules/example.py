"""A commented ``rules.yaml`` to start from, with its comments in the language of the firm."""

import re
import textwrap

from passend.language import word

EXAMPLE = """\
# What passend may offer, to whom, where and how much. Every line is optional, and what is not commented out here is
# what holds without this file: offers on your own pages, at most 3 to a customer, while e-mail waits for consents.
# `passend plan rules` checks the file and names the lines that contradict each other.

customer:
  most_offers: 3            # in one plan, over all channels
  # most_contacts: 4        # within within_days, over all channels; counts the table `contacts`
  # within_days: 30
  # gap_days: 3             # days of peace after a contact on any channel

channels:
  email:
    # needs: consent        # the table `consents` says who gave it; a refusal always counts
    accepts: [double opt-in, existing customer]
    # The exception for existing customers (German UWG 7(3)): the address comes from a sale, the goods are your own
    # and similar to what was bought (the evidence is stored with each offer), nobody objected, and customers were
    # told of their right to object. State it only where all of this is so:
    # legal_basis: existing customer
    # notice_at_collection: true
    # notice_in_message: true
    most_per_customer: 1
    gap_days: 7
    # capacity: 5000        # messages in one plan
    cost_cents: 1           # of one message
    hours: 08:00-20:00      # messages arrive in these hours only
    send_at: 10:00
  onsite:
    placements:             # at most so many offers in each
      product_page: 3
  # desk:                   # named here, staff get offers, too
  #   most_per_customer: 1
  #   cost_cents: 60        # a minute of a salesperson

# budget:
#   money: 500              # for contacts, in whole currency units
#   offers: 10000

# stock:
#   "85123A": 40            # pieces that may be promised

# staff:
#   - team: shop
#     channels: [desk]
#     minutes_per_offer: 2
#     minutes: {monday: 60, tuesday: 60, wednesday: 60, thursday: 60, friday: 90, saturday: 120}

# fairness:
#   - category: Bicycles    # with everything below it
#     most_share: 0.4       # of all offers

# never:
#   - who: {open_complaint: true}
#     because: first settle the complaint
#   - who: {returned_within_days: 14}
#     what: {channel: [email, phone]}
#     because: a return is under way
#   - who: {bought_within_days: 1825}
#     what: {category: Bicycles}
#     because: a bicycle lasts five years
# only:
#   - what: {category: Advent}
#     when: {months: [10, 11, 12]}
#     because: it is bought before Christmas only
#   - what: {category: Wine}
#     who: {age_from: 18}
#     because: the law protects minors

# apart:                    # of these, at most one is offered to a customer
#   - ["1005", "1006"]

days: 7                     # one plan is for a week

explore:                    # a small share is drawn among offers that may be better, to learn from
  share: 0.05
  hope: 1.0                 # may be the best within so many standard errors
  most_cost_share: 0.01     # the expected cost, of the plan's value

permissions:                # customers withdraw them when contacts annoy
  most_lost_share: 0.24     # of the withdrawals that contacts without restraint would cause
  worth_weeks: 52           # weeks of good offers that a lost permission costs

values:                     # what your tables do not tell
  # margin_share: 0.32      # of the price, where a product's cost is not known; else the setting customers.margin_share
  # return_cost_cents: 500  # handling of one return; else the setting customers.return_cost_cents
  discount_share: 0         # the largest reduction that an offer may carry; each offer is tried with and without
"""

#: A line of which the end explains what stands before it, also where that is switched off by a mark.
_EXPLAINED = re.compile(r"(?P<said>\s*(?:# )?\s*[^#\s].*?)(?P<gap>\s+)# (?P<comment>.+)")
#: A line that is switched off, as against one of prose.
_OFF = re.compile(r"\s*#\s+(?:- )?(?:\"?\w+\"?:(?:\s|$)|\[)")
_PROSE = re.compile(r"(?P<indent>\s*)# (?P<prose>\S.*)")
_WIDTH = 118


def example() -> str:
    """The example with its comments in the language that is spoken; its rules are the same in each."""
    out: list[str] = []
    for line, comment in _parted():
        if line is None:
            indent = comment[: len(comment) - len(comment.lstrip())]
            told = textwrap.wrap(word(comment.strip()), _WIDTH - len(indent), break_on_hyphens=False)
            out += [f"{indent}# {one}" for one in told]
        else:
            out.append(f"{line}# {word(comment)}" if comment else line)
    return "\n".join(out) + "\n"


def comments() -> list[str]:
    """What the example says beside its rules, each a message."""
    return [comment.strip() for _, comment in _parted() if comment]


def _parted() -> list[tuple[str | None, str]]:
    """Lines and what explains them; a paragraph of prose is one part, without a line of its own."""
    parts: list[tuple[str | None, str]] = []
    for line in EXAMPLE.splitlines():
        prose = None if _OFF.match(line) else _PROSE.fullmatch(line)
        explained = None if prose else _EXPLAINED.fullmatch(line)
        if prose and parts and parts[-1][0] is None:
            parts[-1] = (None, f"{parts[-1][1]} {prose['prose']}")
        elif prose:
            parts.append((None, prose["indent"] + prose["prose"]))
        elif explained:
            parts.append((explained["said"] + explained["gap"], explained["comment"]))
        else:
            parts.append((line, ""))
    return parts
