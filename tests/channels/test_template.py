"""What one customer reads, and what a hostile template or a hostile name cannot do."""

import pytest

from passend.channels.email.liquid import compiled
from passend.channels.email.markup import links_of, tidied, words_of
from passend.channels.email.template import Template, render
from passend.errors import InvalidTemplate

BODY = """<mjml><mj-body><mj-section><mj-column>
<mj-text>Hallo {{ customer.first_name | default: "liebe Kundin" }},</mj-text>
{% for offer in offers %}<mj-text>{{ offer.name }} für {{ offer.price_cents | money }}</mj-text>
<mj-button href="{{ offer.url }}">Ansehen</mj-button>{% endfor %}
<mj-text><a href="{{ links.unsubscribe }}">Abmelden</a></mj-text>
</mj-column></mj-section></mj-body></mjml>"""
VALUES = {
    "customer": {"first_name": "Kim"},
    "offers": [{"name": "Kette", "price_cents": 1999, "url": "https://shop.example/k?a=1&b=2"}],
    "links": {"unsubscribe": "https://shop.example/u/1"},
}


def test_the_customer_reads_name_price_and_links():
    made = render(Template("Für {{ customer.first_name }}:\n {{ offers[0].name }}", BODY), VALUES)
    assert made.subject == "Für Kim: Kette"
    assert "Kette für 19,99\N{NO-BREAK SPACE}€" in made.html
    assert "Hallo Kim,\n" in made.text
    assert "Ansehen https://shop.example/k?a=1&b=2" in made.text
    assert "Abmelden https://shop.example/u/1" in made.text
    assert "https://shop.example/k?a=1&amp;b=2" in links_of(made.html)


def test_money_follows_the_language():
    template = Template("{{ 199900 | money }} {{ '2026-05-03' | day }}", BODY, language="en")
    assert render(template, VALUES).subject == "1,999.00 EUR 2026-05-03"


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '"><a href=x>',
        "{{ customer }}",
        "</mj-text></mjml>",
        "&amp;",
        "]]>",
        "\x00ü\U0001f600",
    ],
)
def test_a_name_is_never_more_than_a_name(name: str):
    plain = render(Template("s", BODY), VALUES).html
    made = render(Template("s", BODY), {**VALUES, "customer": {"first_name": name}})
    assert len(links_of(made.html)) == len(links_of(plain))
    assert made.html.count("<script") == plain.count("<script")
    assert made.html.count("<div") == plain.count("<div")


def test_a_missing_name_has_its_default_and_is_else_an_error():
    made = render(Template("s", BODY), {**VALUES, "customer": {}})
    assert "Hallo liebe Kundin," in made.text
    with pytest.raises(InvalidTemplate, match=r"customer\.first_name") as told:
        render(Template("s", BODY.replace(' | default: "liebe Kundin"', "")), {**VALUES, "customer": {}})
    assert told.value.record == "body, line 2"
    assert "default" in told.value.remedy


def test_a_condition_may_ask_for_what_is_missing():
    template = Template("{% if customer.code %}Code {{ customer.code }}{% else %}ohne{% endif %}", BODY)
    assert render(template, VALUES).subject == "ohne"


@pytest.mark.parametrize(
    "hostile",
    [
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{{ (1..1000000000) | join: '' }}",
        "{% assign s = 'ab' %}{% for i in (1..40) %}{% assign s = s | append: s %}{% endfor %}",
        "{% for i in (1..200) %}{% for j in (1..200) %}x{% endfor %}{% endfor %}",
        "{% for i in (1..9999) %}" + "x" * 100 + "{% endfor %}",
        "{{ 999999999999999999 | times: 999999999999999999 }}",
        "{% include '/etc/passwd' %}",
        "{% render 'x' %}",
        "{{ customer.__class__.__mro__ }}",
        "{{ customer.first_name | safe }}",
        "{{ 1 | divided_by: 0 }}",
        "{% if %}",
        "{% if a %}" * 500,
        "{{ 'abc' | date: 5 | unknown }}",
        "{{ 'x' | money }}",
    ],
)
def test_hostile_liquid_ends_in_an_error_that_names_the_remedy(hostile: str):
    body = BODY.replace("</mj-column>", f"<mj-text>{hostile}</mj-text></mj-column>")
    with pytest.raises(InvalidTemplate) as told:
        render(Template("s", body), VALUES)
    assert told.value.remedy
    assert told.value.record.startswith("body")


@pytest.mark.parametrize(
    ("before", "after", "says", "where"),
    [
        ("mj-button", "mj-buton", "'mj-buton'", "body, line 4"),
        ("</mj-text>\n</mj-column>", "</mj-column>", "not MJML", "body"),
        ("{{ links.unsubscribe }}", "javascript:alert(1)", "javascript:", "body"),
        ("{{ links.unsubscribe }}", "data:text/html,x", "data:", "body"),
        ("<mj-text>Hallo", "<mj-include path='/etc/passwd' /><mj-text>Hallo", "not MJML", "body"),
    ],
)
def test_hostile_mjml_ends_in_an_error(before: str, after: str, says: str, where: str):
    with pytest.raises(InvalidTemplate, match=says) as told:
        render(Template("s", BODY.replace(before, after)), VALUES)
    assert told.value.record.startswith(where)


@pytest.mark.parametrize("subject", ["", "  \n", "{{ customer.first_name | remove: 'Kim' }}", "x" * 300])
def test_a_subject_is_neither_empty_nor_endless(subject: str):
    with pytest.raises(InvalidTemplate, match="subject"):
        render(Template(subject, BODY), VALUES)


def test_a_template_is_checked_before_anybody_waits_for_it():
    Template("s", BODY).check()
    with pytest.raises(InvalidTemplate):
        Template("s", BODY.replace("{% endfor %}", "")).check()


def test_a_template_is_read_once():
    one = compiled("Hallo {{ name }}", is_html=True, part="body")
    assert compiled("Hallo {{ name }}", is_html=True, part="body") is one


def test_text_leaves_out_styles_and_names_pictures():
    text = tidied(
        words_of("<mj-head><mj-style>p{}</mj-style></mj-head><mj-image alt='Rad' /><p>a<br>b &amp; c</p>")
    )
    assert text == "[Rad]\n\na\nb & c\n"
