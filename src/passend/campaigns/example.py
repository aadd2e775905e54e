"""A first campaign, written out, for `passend campaigns new`."""

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
