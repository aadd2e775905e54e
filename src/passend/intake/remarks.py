"""Remarks of the stock-room that stand where a product's name should: "damaged", "?", "sold as set"."""

import re

from passend.intake.synonyms import words
from passend.intake.texts import is_blank, word_set

_REMARKS = word_set(
    """
    damaged damages damage damges dagamed lost found missing missings check checked checking counted count
    wet damp dirty broken breakage breakages cracked crushed smashed rust rusty mouldy moldy rotting faulty
    defective discoloured torn gone short showroom temp update adjust adjustment adjustments amendment
    mailout returned returns mixed unsaleable unsellable destroyed disposed stolen mia fba ebay amazon
    dotcom recount amended error mistake oops unknown beschaedigt beschaedigte defekt kaputt verloren fehlt
    fehlend fehlende fehlmenge gefunden inventur inventurdifferenz bruch bruchware verschollen schwund nass
    verschmutzt verschimmelt ausgebucht umgebucht korrektur korrekturbuchung pruefen geprueft gezaehlt
    entsorgt weggeworfen gestohlen unbekannt retourniert umbuchung ausbuchung
    """
)
_WHOLE_TEXT = """
    show | for show | display | show display | display stands | samples | sample | show samples | test
    | no stock | given away | website fixed | allocate | bad quality | poor quality | non colour fast
    | rex use
    | used for show display | broken zips | stock check | stock take | label mix up | barcode problem
    | muster | ausstellung | ausstellungsstueck | nicht gefunden | nicht vorhanden | kein bestand
"""
_WHOLE = frozenset(text.strip() for text in _WHOLE_TEXT.split("|"))
_FILLERS = word_set(
    """
    and or of the a in on by with as at etc some more again box boxes ctn carton cartons pallet bits set
    sets away thrown throw fixed stock quality water up multiple multiples sales sold email for was be is re
    quick fix display samples show und oder im am beim von lager ware karton palette wieder teilweise
    """
)
_PHRASES = re.compile(
    r"\b(?:"
    r"thrown away|throw away|put aside|previous adjustment|water damaged?|qnty|rcvd|invcd?|no stock"
    r"|push order|wrongly (?:\w+ )?(?:coded|marked|mrked|sold|credited|entered)"
    r"|incorrect(?:ly)? (?:\w+ )?(?:credit(?:ed)?|entered|stock|made|put|coded|marked|booked)"
    r"|sold as (?:set|sets|\d+|[a-z]|gold|individually)|sold (?:in|with) (?:set|sets|wrong|\d)"
    r"|sold (?:individually|sets)|mix up|mixed with|mixed up|reverse (?:mistake|\d+)|can ?t find"
    r"|wrong (?:code|barcode|qnty|ctn|size in|label)|(?:invcing|entry|sale|credit|my) error"
    r"|came (?:as|coded)|marked as|coded as|stock credit\w*|did a credit|donated to|allocate stock"
    r"|add stock to|found (?:in|by|some|again)|lost in (?:space|transit|the post)|put back into stock"
    r"|falsch (?:gebucht|ausgezeichnet|etikettiert|geliefert)|nicht gefunden|bei inventur|im lager gefunden"
    r")\b"
)
_BARE_CODE = re.compile(r"\d{5,}[a-z]?", re.IGNORECASE)
_QUESTION = re.compile(r"^\?|\?\?|^[^\w]*$")


def is_remark(name: str | None) -> bool:
    """Whether a name is a remark about stock, or nothing at all, and so must not be shown as a name."""
    if name is None or is_blank(name) or _QUESTION.search(name.strip()) or _BARE_CODE.fullmatch(name.strip()):
        return True
    said = words(name)
    if said in _WHOLE or _PHRASES.search(said):
        return True
    if said.endswith(" adjust"):
        return True
    parts = [part for part in said.split() if not part.isdigit()]
    return bool(_REMARKS & set(parts)) and all(part in _REMARKS or part in _FILLERS for part in parts)
