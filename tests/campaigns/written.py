"""Campaigns as merchants write them, for tests."""

from passend.campaigns import Campaign, parse_campaign

MAIL = """
name: spring
holdout_share: 10 %
steps:
  invite: {send: email, template: tyres.mjml, then: pause, failed: end}
  pause: {wait: 3 days, then: asked}
  asked: {check: clicked, of: invite, within: 2 days, yes: call, no: end}
  call: {hand: service, script: Ask for the bike., then: end, failed: end}
  end: {stop: all said}
"""


def campaign(text: str = MAIL, **changes: str) -> Campaign:
    """The campaign of a text; ``changes`` replace ``name: ...`` lines of its head, or add them."""
    lines = [
        line for line in text.strip().splitlines() if not line.startswith(tuple(f"{key}:" for key in changes))
    ]
    return parse_campaign(
        "\n".join([*(f"{key}: {value}" for key, value in changes.items()), *lines]), "spring.yaml"
    )
