"""A first campaign, written out, for `passend campaigns new` and the empty campaign of the pages."""

ONCE = """\
# A campaign: who gets which offer, on which way, and what happens then.
# `passend campaigns preview {name}` tells what it would do; nothing leaves before `passend campaigns start`.
name: {name}
goal: sell what fits to those for whom the plan has an offer

products: plan              # or a list of product numbers
audience:
  rules: [orders more than 1]   # columns of customer_facts; file: and like: are possible, too

holdout_share: 10 %         # kept without offers in this campaign, so that its effect can be known
caps: {{most: 2, within: 7 days}}
quiet_hours: 20:00-08:00
timezone: Europe/Berlin

steps:
  choose:
    decide: plan            # the plan chooses the way of contact for each customer
    email: mail
    desk: call
    onsite: show
    nothing: end
  mail: {{send: email, template: offer.mjml, subject: This fits what you have, then: asked, failed: end}}
  show: {{send: onsite, then: asked, failed: end, expires: 14 days}}
  call: {{hand: service, script: Ask whether the last order was right., then: end, failed: end}}
  asked: {{check: bought, within: 14 days, yes: end, no: end}}
  end: {{stop: all said}}
"""

ALWAYS = """\
# A campaign that is always on: whoever fulfils the trigger enters by themselves.
# `passend campaigns dry-run {name}` tells who would have entered yesterday.
name: {name}
goal: bring back those who left a cart

trigger: {{on: cart left, after: 4 hours}}
caps: {{most: 1, within: 7 days, again_after: 30 days, entries_a_day: 1000}}
holdout_share: 10 %
quiet_hours: 20:00-08:00
timezone: Europe/Berlin
exits: [purchase, objection, complaint]

steps:
  remind:
    send: email
    template: cart.mjml
    subject: Your cart is still here
    expires: 2 days
    then: asked
    failed: end
  asked: {{check: bought, within: 3 days, yes: end, no: end}}
  end: {{stop: all said}}
"""

_ONCE_DE = """\
# Eine Kampagne: wer welches Angebot auf welchem Weg bekommt, und was dann geschieht.
# `passend campaigns preview {name}` sagt, was sie täte; vor `passend campaigns start` geht nichts hinaus.
name: {name}
goal: verkaufen, was passt, wo der Plan ein Angebot hat

products: plan              # oder eine Liste von Artikelnummern
audience:
  rules: [orders more than 1]   # Spalten von customer_facts; auch file: und like: gehen

holdout_share: 10 %         # bleibt ohne Angebot, damit sich die Wirkung messen lässt
caps: {{most: 2, within: 7 days}}
quiet_hours: 20:00-08:00
timezone: Europe/Berlin

steps:
  auswahl:
    decide: plan            # der Plan wählt für jeden Kunden den Kontaktweg
    email: mail
    desk: anruf
    onsite: anzeigen
    nothing: ende
  mail: {{send: email, template: offer.mjml, subject: Das passt zu Ihrem Kauf, then: nachsehen, failed: ende}}
  anzeigen: {{send: onsite, then: nachsehen, failed: ende, expires: 14 days}}
  anruf: {{hand: Service, script: "Fragen, ob mit der letzten Bestellung alles stimmt.", then: ende, failed: ende}}
  nachsehen: {{check: bought, within: 14 days, yes: ende, no: ende}}
  ende: {{stop: alles gesagt}}
"""

_ALWAYS_DE = """\
# Eine Kampagne, die immer läuft: Wer die Bedingung erfüllt, tritt von selbst ein.
# `passend campaigns dry-run {name}` sagt, wer gestern eingetreten wäre.
name: {name}
goal: zurückholen, wer einen Warenkorb verlassen hat

trigger: {{on: cart left, after: 4 hours}}
caps: {{most: 1, within: 7 days, again_after: 30 days, entries_a_day: 1000}}
holdout_share: 10 %
quiet_hours: 20:00-08:00
timezone: Europe/Berlin
exits: [purchase, objection, complaint]

steps:
  erinnern:
    send: email
    template: cart.mjml
    subject: Ihr Warenkorb ist noch da
    expires: 2 days
    then: nachsehen
    failed: ende
  nachsehen: {{check: bought, within: 3 days, yes: ende, no: ende}}
  ende: {{stop: alles gesagt}}
"""


def example(name: str, language: str, *, is_always_on: bool = False) -> str:
    """The file of a first campaign in the firm's language.

    Args:
        name: of the campaign.
        language: ``de`` or ``en``.
        is_always_on: people enter by themselves, all the time.
    """
    texts = {"de": (_ONCE_DE, _ALWAYS_DE)}.get(language, (ONCE, ALWAYS))
    return texts[is_always_on].format(name=name)
