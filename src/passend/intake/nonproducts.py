"""Lines that are no products: postage, fees, discounts, corrections, vouchers, tests.

Nobody is offered postage. Yet a ``POSTAGE STAMP CUSHION`` is a cushion, so a word alone proves nothing: what
counts is the whole name, or a bare code in a catalogue whose codes have digits.
"""

import re

import pyarrow as pa

from passend.intake.remarks import is_remark
from passend.intake.synonyms import words

POSTAGE, FEE, DISCOUNT = "postage or delivery", "a fee or charge", "a discount or credit"
CORRECTION, MANUAL, SAMPLE = "a correction of the books", "a manual entry", "a sample"
TEST, DONATION, VOUCHER, TAX = "a test", "a donation", "a gift voucher", "a tax, tip or deposit"
NAMELESS = "a short code without a name"

_CODES = {
    POSTAGE: """
        post postage dot ship shipping freight carriage delivery versand versandkosten vk porto fracht p&p
        express lieferung
    """,
    FEE: """
        fee fees charge charges bankcharges amazonfee ebayfee paypal handling gebuehr zuschlag nachnahme cod
        commission provision surcharge mindermenge mindermengenzuschlag cruk servicefee
    """,
    DISCOUNT: "d disc discount rabatt skonto nachlass coupon credit gutschrift refund erstattung cashback",
    CORRECTION: "b adjust adjustment adj korrektur correction rounding rundung diff differenz",
    MANUAL: "m man manual manuell misc diverses div sonstiges",
    SAMPLE: "s sample samples muster probe",
    TEST: "test dummy xxx testartikel testprodukt",
    DONATION: "donation spende",
    VOUCHER: "gift giftcard giftvoucher voucher gutschein geschenkgutschein gutsch",
    TAX: "tax vat mwst ust pfand deposit tip trinkgeld leergut",
}
_CODE_REASON = {code: reason for reason, codes in _CODES.items() for code in codes.split()}


def _any_of(alternatives: str) -> str:
    return "(?:" + "|".join(part.strip() for part in alternatives.split("|")) + ")"


_WAYS = _any_of("""
    dotcom | royal mail | international | domestic | standard | express | economy | priority | tracked | free
    | next day | same day | uk | eu | us | overseas | home | airmail | courier | dhl | dpd | ups | fedex
    | hermes | gls | extra | additional | paket | return
""")
_SENDING = "(?:postage|shipping|delivery|carriage|freight|shipment|p ?& ?p)"
_AND = "(?: (?:and )?(?:packing|handling|packaging|insurance))?"
_COSTS = "(?: (?:costs?|charges?|fees?|rates?|surcharge|upgrade))?"
_TO = "(?: (?:uk|eu|usa?|europe|germany|international))?"
_FEES = "(?:fees?|charges?|commissions?|surcharges?)"
_PAYERS = _any_of("""
    amazon | ebay | etsy | paypal | klarna | stripe | bank | card | credit card | debit card | payment
    | handling | service
    | booking | packing | packaging | processing | transaction | small order | minimum order | late
    | admin | administration | delivery | shipping | cod | fuel | platform | marketplace | selling | listing
    | restocking | cancellation | reminder | import | customs | collection | storage | overdraft | bad debt
""")
_COINS = "(?:gbp|eur|usd|chf|euro)"
_MONEY = rf"(?: ?(?:{_COINS}|ueber|over|worth|of|im wert von|wert)? ?\d+(?: \d+)?(?: ?{_COINS})?)"
_PERCENT = r"(?: \d+(?: ?%)?)?"
#: Whole names, in the normal form of ``synonyms.words``.
_WHOLE_NAMES = (
    (POSTAGE, rf"(?:{_WAYS} )*{_SENDING}{_AND}{_COSTS}{_TO}"),
    (POSTAGE, r"(?:post|postage) (?:and )?packing"),
    (POSTAGE, r"handling(?: and shipping)?"),
    (
        POSTAGE,
        r"(?:\w+ )?(?:versand|porto|fracht|liefer|transport|express)(?:kosten|gebuehr(?:en)?)(?: .*)?",
    ),
    (
        POSTAGE,
        r"(?:\w+ )?(?:versand|porto|fracht|liefer|transport|express)(?:pauschale|zuschlag|spesen)(?: .*)?",
    ),
    (POSTAGE, r"(?:versand|porto|fracht|liefer)kosten(?:anteil|pauschale)(?: .*)?"),
    (
        POSTAGE,
        r"(?:porto|versand|fracht)(?: (?:und|u|&) verpackung)?(?: (?:inland|ausland|dhl|eu|express))?",
    ),
    (POSTAGE, r"lieferung|expressversand|standardversand|inselzuschlag|speditionszuschlag|sperrgutzuschlag"),
    (FEE, rf"(?:{_PAYERS} )*{_FEES}"),
    (FEE, r"\w+ (?:commission|fee)"),
    (FEE, r"(?:\w+ )?(?:\w*gebuehr(?:en)?|\w*provision|nachnahme|bankspesen|kontofuehrung)"),
    (FEE, r"(?:mindermengen|mindestmengen|kleinmengen)zuschlag"),
    (
        DISCOUNT,
        rf"(?:(?:order|customer|trade|staff|loyalty|volume|promo|promotional) )?discounts?{_PERCENT}",
    ),
    (
        DISCOUNT,
        rf"(?:(?:student|special|cash|line|cart|bundle|employee|voucher|coupon) )?discounts?{_PERCENT}",
    ),
    (DISCOUNT, rf"(?:\d+ % |\w+ )?(?:\w*rabatt|\w*nachlass|skonto|gutschrift|rueckerstattung){_PERCENT}"),
    (DISCOUNT, r"(?:store|customer) credit|refunds?|cash ?back|credit note|(?:coupon|discount)(?: code)?"),
    (
        CORRECTION,
        r"adjust(?:ment)?s?|adjust bad debt|bad debts?|adjustment by .*|adjust(?:ment)? \w+ \d.*|write off",
    ),
    (CORRECTION, r"(?:stock|price|manual|inventory|invoice|amazon|temp) (?:adjust(?:ment)?|correction)s?"),
    (CORRECTION, r"(?:rounding|credit|debit) (?:adjustment|correction)s?|rounding(?: (?:difference|error))?"),
    (CORRECTION, r"(?:preis|mengen|bestands|rechnungs|lager)?korrektur(?:buchung)?(?: .*)?"),
    (
        CORRECTION,
        r"rundung(?:sdifferenz|sausgleich)?|ausbuchung|umbuchung|differenz(?:buchung)?|stornobuchung",
    ),
    (MANUAL, r"manual (?:entry|line|item|charge|booking|order)|manuelle (?:buchung|position|eingabe)"),
    (MANUAL, r"diverse artikel|open item|custom amount|misc(?:ellaneous)?(?: item)?|freie position"),
    (SAMPLE, r"(?:free |show |product )?samples?|gratisprobe|warenmuster|warenprobe|produktprobe"),
    (
        TEST,
        r"(?:this is )?(?:a )?(?:test|dummy) ?(?:product|item|article|artikel|produkt|order)(?: \w{1,3})?",
    ),
    (TEST, r"do not (?:use|order|buy)|bitte nicht (?:verwenden|bestellen|beachten)"),
    (
        TEST,
        r"(?:nur |just |only )?(?:an? )?test(?:s|bestellung|kauf| order)? ?(?:please|pls|bitte) ignor(?:e|ieren)",
    ),
    (
        DONATION,
        r"(?:charity |charitable )?donations?(?: (?:to|for) .*)?|(?:geld)?spenden?(?: (?:an|fuer) .*)?",
    ),
    (VOUCHER, rf"(?:.* )?gift (?:voucher|certificate|card){_MONEY}|(?:\w+ )?gift (?:voucher|certificate)s?"),
    (VOUCHER, rf"(?:e |digital |electronic )?gift ?cards?|(?:e )?voucher{_MONEY}?|geschenkkarte{_MONEY}?"),
    (VOUCHER, rf"(?:\w+ )?(?:geschenk|wert|einkaufs|waren)?gutschein(?:e|code)?{_MONEY}?"),
    (TAX, r"vat|sales tax|tax(?:es)?|mwst|mehrwertsteuer|umsatzsteuer|trinkgeld|gratuity"),
    (TAX, r"(?:flaschen|einweg|mehrweg|dosen|kisten)?pfand(?: .{1,12})?|leergut|bottle deposit"),
    (TAX, r"bag (?:charge|fee|levy)"),
)
_WHOLE = tuple((reason, re.compile(pattern)) for reason, pattern in _WHOLE_NAMES)
_LOOSE = tuple(
    (reason, re.compile(pattern))
    for reason, pattern in (
        (MANUAL, r"manual|manuell|diverses|divers|sonstiges|miscellaneous|other|extra"),
        (SAMPLE, r"muster|probe|proben|(?:\w+ ){0,2}samples?"),
        (TEST, r"test|tests|dummy|xxx|asdf"),
        (POSTAGE, r"(?:\w+ ){0,3}(?:postage|carriage|shipping|delivery|freight|porto|versand)"),
        (FEE, r"(?:\w+ ){0,3}(?:fees?|charges?|commission|surcharge|gebuehr|provision)"),
        (
            CORRECTION,
            r"(?:adjust|adjustment|korrektur)(?: .*)?|(?:\w+ ){0,3}(?:adjustment|correction|bad debt)",
        ),
        (DISCOUNT, r"(?:\w+ ){0,3}(?:discount|rabatt|credit)"),
        (DONATION, r"(?:\w+ ){0,3}(?:donation|spende)"),
        (VOUCHER, rf"(?:.* )?(?:voucher|gutschein){_MONEY}?"),
        (TAX, r"deposit|anzahlung|tips?"),
    )
)


def non_product_reason(product_id: str, name: str | None, *, codes_have_digits: bool) -> str | None:
    """Why a line is no product that could be offered, or nothing where it is one.

    Args:
        product_id: its code.
        name: its name; empty where it never had one.
        codes_have_digits: nine of ten codes of the catalogue have digits, so that one without stands out.
    """
    said = words(name or "")
    whole = next((reason for reason, pattern in _WHOLE if said and pattern.fullmatch(said)), None)
    if whole:
        return whole
    bare = re.sub(r"[\s_\-.]+", "", words(product_id))
    by_code = _CODE_REASON.get(re.sub(r"(?<=[a-z]{3})\d+$", "", bare) if not said else bare)
    loose = next((reason for reason, pattern in _LOOSE if said and pattern.fullmatch(said)), None)
    # Among codes that are letters, B or TEX is a code like the others.
    stands_out = codes_have_digits or len(bare) > 3
    if by_code and stands_out and (loose or not said):
        # GIFT0001 says it by its word alone only where the other codes are not made of words as well.
        return by_code if codes_have_digits or not re.search(r"\d", bare) else None
    has_digit = re.search(r"\d", product_id) is not None
    if loose and codes_have_digits and not has_digit:
        return loose
    return None


def non_products(products: pa.Table) -> pa.Table:
    """The lines of a catalogue that are no products.

    Args:
        products: ``product_id``, ``product_name``, ``lines``: every name of a code, and how often.

    Returns:
        ``product_id`` and ``reason``, sorted by product.
    """
    names: dict[str, tuple[int, str]] = {}
    for row in products.select(["product_id", "product_name", "lines"]).to_pylist():
        product, name = row["product_id"], row["product_name"] or ""
        useful = 0 if not name.strip() or (is_remark(name) and not _is_whole(name)) else row["lines"]
        best = names.get(product, (-1, ""))
        if product is not None and (useful, name) > best:
            names[product] = (useful, name if useful else "")
    digits = sum(any(letter.isdigit() for letter in product) for product in names)
    codes_have_digits = bool(names) and digits >= 0.9 * len(names)
    named = sum(bool(name) for _, name in names.values())
    names_are_known = bool(names) and named >= 0.9 * len(names)
    found: dict[str, str] = {}
    for product, (_, name) in sorted(names.items()):
        reason = non_product_reason(product, name, codes_have_digits=codes_have_digits)
        if (
            not reason
            and not name
            and names_are_known
            and codes_have_digits
            and re.fullmatch(r"[^\W\d]\w?", product.strip())
        ):
            reason = NAMELESS
        if reason:
            found[product] = reason
    return pa.table(
        {"product_id": pa.array(found, pa.string()), "reason": pa.array(found.values(), pa.string())}
    )


def _is_whole(name: str) -> bool:
    said = words(name)
    return any(pattern.fullmatch(said) for _, pattern in (*_WHOLE, *_LOOSE))
