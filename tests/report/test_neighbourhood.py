"""The picture of one product's neighbourhood."""

from xml.etree import ElementTree as ET

from passend.report import picture


def row(name: str, strength: float = 2.0) -> dict:
    return {"name": name, "strength": strength, "reason": f"because of {name} & <more>"}


def test_it_says_what_goes_with_it_in_the_words_of_the_shop():
    text = picture("Tea <green>", {"substitute": [row("Coffee")], "complement": [row("Mug"), row("Pot")]})
    tree = ET.fromstring(text)
    words = [item.text for item in tree.iter() if item.text and item.text.strip()]
    assert words.index("Pair it with") < words.index("You may also like")
    assert "because of Mug & <more>" in words
    assert len([item for item in tree.iter() if item.tag.endswith("path")]) == 3


def test_the_stronger_the_thicker_and_only_the_first_few():
    tree = ET.fromstring(picture("A", {"next": [row(f"n{n}", 6.0 - n / 2) for n in range(10)]}, most=4))
    widths = [float(item.get("stroke-width")) for item in tree.iter() if item.tag.endswith("path")]
    assert len(widths) == 4
    assert widths == sorted(widths, reverse=True)


def test_a_product_alone_is_said_to_be_alone():
    assert "Nothing is bought with it" in picture("A", {})
