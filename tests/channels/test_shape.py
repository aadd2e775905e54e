"""A message that was compiled once says to each customer what it would if it were compiled for them alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passend.channels.email import shape
from passend.channels.email.liquid import filled
from passend.channels.email.markup import compiled_mjml, tidied, words_of
from passend.channels.email.template import Template, render
from passend.errors import InvalidTemplate
from passend.language import speaking

PARTS = (
    "<mj-text>Hallo {{ name }}, {{ name | upcase }}</mj-text>",
    '<mj-text>{% if note %}<b title="{{ note }}">{{ note }}</b>{% else %}nichts{% endif %} und Ende</mj-text>',
    "{% for one in goods %}<mj-text>{{ forloop.index }}. {{ one }}</mj-text>{% endfor %}",
    "<mj-button href=\"https://shop.example/{{ name | url_encode }}\">{{ note | default: 'Ansehen' }}</mj-button>",
    '<mj-image src="https://shop.example/rad.png" alt="{{ name }}" width="{{ wide }}px" />',
    '<mj-image src="https://shop.example/rad.png" alt="{{ note }}" />',
    '<mj-text padding="{{ wide }}px 0">{{- name -}} eng</mj-text>',
    "<mj-text>{{ name | newline_to_br }}</mj-text>",
    "<mj-text>{% capture both %}{{ name }}-{{ note }}{% endcapture %}{{ both | append: '!' }}</mj-text>",
    "<mj-text>{% cycle 'a', 'b' %}{% cycle 'a', 'b' %} {{ 12.5 | number: 2 }} &amp; &lt;{{ wide }}</mj-text>",
    '<mj-raw><p class="{{ name }}">{{ note }}</p></mj-raw>',
)
HEAD = "<mjml><mj-head><mj-title>{{ wide }}</mj-title><mj-preview>{{ note }}</mj-preview></mj-head><mj-body>"
words = st.text(st.sampled_from("ab Zü<>&\"'{}%;#n0x雪🚲"), max_size=12)


def alike(html: str) -> str:
    """MJML trims what it compiles; a space at the edge of a title says nothing."""
    return re.sub(r'\s*([<>"])\s*', r"\1", html)


def whole(body: str, values):
    """Compiled for one customer alone."""
    with speaking("de"):
        mjml = filled(body, values, is_html=True, part="body")
    return compiled_mjml(mjml), tidied(words_of(mjml))


@given(
    parts=st.lists(st.sampled_from(PARTS), min_size=1, max_size=4),
    columns=st.integers(0, 3),
    customers=st.lists(
        st.fixed_dictionaries(
            {"name": words, "note": words, "wide": st.integers(10, 300), "goods": st.lists(words, max_size=3)}
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_both_ways_say_the_same(parts, columns, customers):
    column = f"<mj-column>{''.join(parts)}</mj-column>"
    row = f"<mj-section>{column * columns}{{% for one in goods %}}{column}{{% endfor %}}</mj-section>"
    body = f"{HEAD}{row}{{% if note %}}{row}{{% endif %}}</mj-body></mjml>"
    for values in customers:
        made = render(Template("s", body), values)
        html, text = whole(body, values)
        assert alike(made.html) == alike(html)
        assert made.text == text


def test_line_ends_of_a_value_are_spaces_in_plain_text():
    body = "<mjml><mj-body><mj-section><mj-column><mj-text>{{ a }}; {{ b | newline_to_br }}</mj-text></mj-column>"
    made = render(Template("s", body + "</mj-section></mj-body></mjml>"), {"a": "1\n2", "b": "3\n4"})
    assert made.text == "1 2; 3\n4\n"


def test_customers_who_go_the_same_ways_share_one_compilation(monkeypatch):
    calls = []
    shape._shape.cache_clear()
    monkeypatch.setattr(shape, "compiled_mjml", lambda mjml: calls.append(mjml) or compiled_mjml(mjml))
    body = f"{HEAD}<mj-section><mj-column>{''.join(PARTS[:4])}</mj-column></mj-section></mj-body></mjml>"
    for number in range(30):
        values = {"name": f"Kim{number}", "note": "ja" * (number % 2), "goods": [f"p{number}"], "wide": 1}
        assert f"Hallo Kim{number}," in render(Template("s", body), values).text
    assert len(calls) == 2


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", " javascript:x", "file:///etc"])
def test_a_customer_cannot_bring_a_link_with_them(url):
    body = '<mjml><mj-body><mj-section><mj-column><mj-button href="{{ url }}">x</mj-button></mj-column>'
    body += "</mj-section></mj-body></mjml>"
    render(Template("s", body), {"url": "https://shop.example"})
    with pytest.raises(InvalidTemplate, match="must not lead"):
        render(Template("s", body), {"url": url})


def test_values_count_towards_the_length_of_a_message():
    body = "<mjml><mj-body><mj-section><mj-column><mj-text>{% for i in (1..9000) %}{{ long }}{% endfor %}</mj-text>"
    body += "</mj-column></mj-section></mj-body></mjml>"
    with pytest.raises(InvalidTemplate, match="grow too large"):
        render(Template("s", body), {"long": "x" * 100})
