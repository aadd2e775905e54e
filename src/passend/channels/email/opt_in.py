"""The mail that asks a person to confirm what was entered in their name: no advertising in it, and one button."""

from collections.abc import Sequence

from passend.channels.email.blocks import Brand, frame, liquid_words, pressed
from passend.channels.email.template import Rendered, Template, render
from passend.language import phrase, speaking, word


def opt_in_mail(brand: Brand, language: str, topics: Sequence[str], url: str) -> Rendered:
    """The mail.

    Args:
        brand: the firm.
        language: ``de`` or ``en``.
        topics: what was asked for; empty is advertising as such.
        url: of the page whose button confirms.
    """
    with speaking(language):
        title = word("Please confirm your registration")
        asked = phrase(
            "Somebody, we hope you, asked {firm} to write to this address. Press the button to confirm it. If it was "
            "not you, do nothing: you will get no further mail.",
            firm=brand.name or word("our firm"),
        )
        listed = "".join(f"<li>{liquid_words(one)}</li>" for one in topics)
        parts = [
            f'<mj-text><h1 style="margin:0;font-size:24px">{liquid_words(title)}</h1></mj-text>',
            f"<mj-text>{liquid_words(asked)}</mj-text>",
            f"<mj-text><ul>{listed}</ul></mj-text>" if listed else "",
            pressed(liquid_words(word("Confirm")), "{{ url }}", brand),
        ]
        mjml = frame("".join(parts), brand, language)
    return render(Template(title, mjml, language=language), {"url": url})
