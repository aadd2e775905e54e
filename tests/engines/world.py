"""A small shop, the same at each call: the input tables of every ``.sql`` file, with what real files hold."""

import random
from datetime import datetime, timedelta

import pyarrow as pa

from passend.tables import CONTRACTS
from tests.engines.exposed import campaign_tables
from tests.engines.firm import START, firm_tables

NAMES = [
    "Fahrrad »Brise«",
    "Helm",
    "Schloß",
    "Lampe 💡",
    "Trinkflasche",
    "Handschuhe",
    "Pumpe",
    "Öl",
    "Korb",
    "Klingel",
]


def world(dated: bool = True, orders: int = 700) -> dict[str, pa.Table]:
    """The tables that are given to the SQL rather than made by it."""
    chance = random.Random(7)
    lines = _lines(chance, dated, orders)
    # A file that has grown: two thirds of what it holds are known.
    grown = [{**row, "source_id": "new", "row": number} for number, row in enumerate(lines[::3], 2)]
    for row in grown[::3]:
        row["order_id"] = f"9{row['order_id']}"
    # A newer export of a tenth of the orders: other pieces, some taken back, some not paid, some paid back.
    states = ({}, {"returned_quantity": 1.0}, {"is_pending": True}, {"unit_price": -0.5}, {"quantity": 9.0})
    lines += [
        {**row, **states[number % 5], "source_id": "second", "row": number, "updated_at": row["ordered_at"]}
        for number, row in enumerate(lines[::10], 2)
    ]
    firm = firm_tables(bool(orders))
    given = {
        **firm,
        **campaign_tables(bool(orders)),
        "lines": lines,
        "new_lines": grown,
        "imports": [
            {
                "source_id": source,
                "source": "orders.csv",
                "kind": "orders",
                "imported_at": START + timedelta(days=number),
                "rows": len(lines),
                "added": len(lines),
                "column_map": "{}",
                "as_of": START + timedelta(days=number) if dated else None,
                "counts_pieces": False,
            }
            for number, source in enumerate(("first", "second"))
        ],
        "product_list": [_listed(number) for number in [*range(0, 30, 2), 46, 60]],
        "relation_edits": [_edited(number) for number in range(12)],
        "customers": [*firm["customers"], *(_customer(number) for number in range(1, 40, 2))],
        "contacts": [
            *firm["contacts"],
            *(_offer(number) for number in range(150)),
            *(_contact(number) for number in range(90)),
        ],
        "consents": [*firm["consents"], *(_word(number) for number in range(60))],
        "events": [*firm["events"], *_events()],
        "compatibility": [_fit(number) for number in range(30)],
        "set_aside": [_aside(number) for number in range(6)],
        "given_set_aside": [_aside(number) for number in range(3, 9)],
    }
    contracts = {"new_lines": "lines", "given_set_aside": "set_aside"}
    schemas = {name: CONTRACTS[contracts.get(name, name)].schema for name in given}
    tables = {name: pa.Table.from_pylist(rows, schema=schemas[name]) for name, rows in given.items()}
    tables["given_products"] = tables["product_list"].slice(5)
    tables["non_products"] = pa.table({"product_id": ["P28"], "reason": ["postage, not a product"]})
    tables["remarks"] = pa.table({"product_name": ["damaged", "?"]})
    tables["new_import"] = pa.table({"as_of": pa.array([START + timedelta(days=5)], pa.timestamp("us"))})
    tables["currencies"] = pa.table(
        {"currency": ["JPY", "KWD"], "minor_units": [1.0, 1000.0], "into_currency": ["JPY", "KWD"]}
    )
    tables["scores"] = pa.Table.from_pylist(
        [_score(number) for number in range(40)], schema=CONTRACTS["scores"].schema
    )
    tables["offer_options"] = pa.table(
        {
            "customer_id": [f"K{one}" for one in range(150) for _ in range(50)],
            "product_id": [f"P{two}" for _ in range(150) for two in range(50)],
        }
    )
    tables["ranked_products"] = pa.table(
        {
            "customer_id": [f"K{one}" for one in range(40) for _ in range(30)],
            "product_id": [f"P{(7 * one + two) % 50}" for one in range(40) for two in range(30)],
            "score": [(30 - two) / 31 for _ in range(40) for two in range(30)],
            "place": [two + 1 for _ in range(40) for two in range(30)],
        }
    )
    pairs = [(one, (one + step) % 50) for one in range(20) for step in (1, 2, 3)]
    tables["likely_pairs"] = pa.table(
        {
            "product_id": [f"P{one}" for one, _ in pairs],
            "other_id": [f"P{other}" for _, other in pairs],
            "together": [(one + other) % 3 for one, other in pairs],
            "expected": [0.1 * (1 + one % 7) for one, _ in pairs],
            "base": [5 + one for one, _ in pairs],
            "chance": [(1 + (3 * one + other) % 90) / 91 for one, other in pairs],
            "place": [1 + number % 3 for number in range(len(pairs))],
            "grade": [("likely", "tentative", "by name and category")[other % 3] for _, other in pairs],
            "alike": [(one + other) % 10 / 10 for one, other in pairs],
        }
    )
    tied = [(one, (one * 3 + step) % 50) for one in range(40) for step in (0, 11, 23)]
    tables["offer_ties"] = pa.table(
        {
            "customer_id": [f"K{one}" for one, _ in tied],
            "product_id": [f"P{product}" for _, product in tied],
            "other_id": [f"P{(product + 1) % 50}" for _, product in tied],
            "common": [5 + one % 7 for one, _ in tied],
            "buyers": [20 + product for _, product in tied],
        }
    )
    tables["chosen_offers"] = pa.Table.from_pylist(
        [_chosen(customer, product) for customer in range(40) for product in range(50)], schema=_CHOSEN
    )
    return tables


def _score(number: int) -> dict[str, object]:
    """Scores as the Python step leaves them; every fourth customer's cannot be learned."""
    known = number % 4 > 0
    return {
        "customer_id": f"K{number}",
        "buy_probability": number / 41 if known else None,
        "buy_low": number / 50 if known else None,
        "buy_high": number / 40 if known else None,
        "is_receptive": number % 3 > 0 if known else None,
        "buy_reason": "much like the average customer" if known else None,
        "buy_days": 90,
        "lifetime_cents": number // 3 * 100 if number % 5 else None,
        "lifetime_low_cents": number // 4 * 100 if number % 5 else None,
        "lifetime_high_cents": number * 100 if number % 5 else None,
        "lifetime_days": 365,
        "basis": "planted",
    }


#: What the decision leaves for ``offers.sql``: the plan without words.
_CHOSEN = pa.schema(
    [
        field
        for field in CONTRACTS["offers"].schema
        if field.name not in ("product_name", "price_cents", "currency", "reason")
    ]
    + [pa.field("because_of", pa.string()), pa.field("evidence", pa.string())]
    + [pa.field("usual_weeks", pa.float64()), pa.field("over_weeks", pa.float64())]
)


def _chosen(customer: int, product: int) -> dict[str, object]:
    numbers = {
        field.name: (customer + product) / 7
        for field in _CHOSEN
        if field.type == pa.float64() and product % 5
    }
    return {
        "plan": 1,
        "customer_id": f"K{customer}",
        "rank": product + 1,
        "product_id": f"P{product}",
        "type": ("complement", "next", "upgrade")[product // 2 % 3],
        "because_of": f"P{product - 1 if product % 2 else product - 10}" if product >= 10 else None,
        "channel": "onsite",
        "placement": "cart" if product % 2 else None,
        "send_at": START if product % 3 else None,
        "chosen": customer % 4 > 0,
        "discount_share": 0.1 if customer % 2 else 0.0,
        "basis": "prior, not measured",
        "legal_basis": "not needed",
        "similar_to": "P1" if product % 2 else None,
        "reason_code": "fits",
        "evidence": "Measured." if product % 3 else None,
        **numbers,
        "usual_weeks": 0.4 + product / 3 if customer % 3 else None,
        "over_weeks": (1 + product) / 2 if customer % 3 else None,
    }


def _customer(number: int) -> dict[str, object]:
    return {
        "customer_id": f"K{number}",
        "since": START,
        "name": "Jörg »ß«",
        "region": ("DE", "AT", None)[number % 3],
        "birth_year": 1950 + number if number % 4 else None,
        "segment": "private" if number % 2 else "business",
        "language": "de",
    }


def _contact(number: int) -> dict[str, object]:
    return {
        "contact_id": f"C{number}",
        "customer_id": f"K{number % 40}",
        "happened_at": START + timedelta(days=2 * number, hours=number % 5),
        "direction": "in" if number % 7 == 0 else "out",
        "channel": ("email", "desk", "onsite")[number % 3],
        "purpose": "complaint" if number % 7 == 0 else ("offer", "offer", "news")[number % 3],
        "product_id": f"P{number % 30}" if number % 5 else None,
        "probability": 0.5 if number % 2 else 0.1,
        "outcome": (None, "held-out", "resolved", "click")[number % 4],
        "cost_cents": 3 if number % 3 else None,
    }


def _word(number: int) -> dict[str, object]:
    return {
        "customer_id": f"K{number % 25}",
        "channel": ("email", "desk")[number % 2],
        "said_at": START + timedelta(days=number // 50, hours=1),
        "is_given": number % 3 > 0,
        "basis": ("double opt-in", None)[number % 2],
    }


def _lines(chance: random.Random, dated: bool, orders: int) -> list[dict[str, object]]:
    lines: list[dict[str, object]] = []
    placed: dict[str, int] = {}
    next_wanted: dict[str, int] = {}
    for order in range(orders):
        customer = None if chance.random() < 0.1 else f"K{chance.randrange(150)}"
        placed[customer or ""] = placed.get(customer or "", 0) + 1
        at = START + timedelta(hours=17 * order, microseconds=chance.randrange(10**6))
        # Neighbours go together, and what is ten further comes next, so that there are relations to find.
        first = next_wanted.pop(customer or "", chance.randrange(30))
        if chance.random() < 0.9:
            next_wanted[customer or ""] = (first + 10) % 30
        wanted = {
            first,
            *((first + 1,) if chance.random() < 0.5 else ()),
            *chance.sample(range(30), chance.randrange(2)),
        }
        for product in sorted(wanted):
            row = {
                "source_id": "first",
                "source": "orders.csv",
                "row": len(lines) + 2,
                "order_id": str(1000 + order),
                "customer_id": customer,
                **_named(chance, product),
                "ordered_at": at if dated else None,
                "sequence": None if dated else placed[customer or ""],
                "quantity": float(chance.choice([1, 1, 2, 12])),
                "unit_price": _price(chance, product),
                "discount": chance.choice([None, 0.0, 0.505]),
                "order_discount": 3.335 if order % 23 == 1 else None,
                "all_discounts": 2.5 if order % 29 == 2 else None,
                "currency": chance.choice(["EUR"] * 9 + ["JPY"]),
                "channel": chance.choice(["web", "store", None]),
                "country": "DE",
                "is_cancelled": False,
                "problem": None,
                "raw": None,
            }
            lines.append(row)
            lines.extend(_oddities(chance, row, len(lines) + 2))
    if orders:
        _add_customers_who_move_up(lines, dated)
    return lines


def _add_customers_who_move_up(lines: list[dict[str, object]], dated: bool) -> None:
    """Customers who buy one lamp after the other, then a dearer one, then a contract; in spring, a goods of spring."""
    for customer in range(60):
        for visit in range(8):
            at = START + timedelta(days=customer * 4 + visit * 31)
            cheap = "P40" if customer % 2 else "P49"
            lamp = cheap if visit < 3 + customer % 3 else "P41"
            wanted = [lamp, f"P{42 + (customer + visit) % 4}"]
            wanted += ["P46"] if visit == 6 and customer % 2 else []
            wanted += ["P47"] if 3 <= at.month <= 5 or (customer, visit) == (0, 0) else []
            for product in wanted:
                lines.append(
                    {
                        **lines[0],
                        "row": len(lines) + 2,
                        "order_id": f"U{customer}-{visit}",
                        "customer_id": f"U{customer}",
                        "product_id": product,
                        "product_name": f"Lampe hell {product}"
                        if product in {"P40", "P41", "P49"}
                        else f"Ding {product}",
                        "category": "Licht > Lampen",
                        "ordered_at": at if dated else None,
                        "sequence": None if dated else visit,
                        "quantity": 1.0,
                        "unit_price": 10.0 if product == "P41" else 5.0,
                        "discount": None,
                        "currency": "EUR",
                        "is_cancelled": False,
                    }
                )


def _oddities(chance: random.Random, row: dict[str, object], number: int) -> list[dict[str, object]]:
    """What comes with some lines: a return, a cancelled order, the line once more, a line nobody can read."""
    what = chance.random()
    later = row["ordered_at"] + timedelta(days=3) if isinstance(row["ordered_at"], datetime) else None
    if what < 0.06:
        back = {"order_id": f"C{row['order_id']}", "quantity": -1.0, "ordered_at": later}
        return [{**row, **back, "row": number}]
    if what < 0.07:
        return [{**row, "row": number, "order_id": f"X{row['order_id']}", "is_cancelled": True}]
    if what < 0.09:
        return [{**row, "row": number}]
    if what < 0.1:
        return [{**row, "row": number, "quantity": None, "problem": "no quantity", "raw": "a;\\b;'c'"}]
    return []


def _named(chance: random.Random, product: int) -> dict[str, object]:
    name = f"{NAMES[product % 10]} {product // 10}"
    category = chance.choice(["Rad > Zubehör", "Rad", None])
    return {
        "product_id": f"P{product}",
        "product_name": chance.choice([name] * 8 + ["damaged", None]),
        "category": category,
    }


def _price(chance: random.Random, product: int) -> float | None:
    return chance.choice(
        [1.005 + product, 2.675 + product, 19.99 * product + 0.01, 0.0 if product == 3 else 5.0]
    )


def _listed(product: int) -> dict[str, object]:
    return {
        "product_id": f"P{product}",
        "name": f"{NAMES[product % 10]} neu",
        "category": "Rad > Liste",
        "unit_price": 10.125 + product,
        "unit_cost": None if product % 4 else 3.335,
        "currency": "EUR",
        "kind": {8: "service", 46: "contract"}.get(product),
        "is_active": None if product % 3 else product != 6,
        "attributes": None if product % 4 else f'{{"farbe": "grün {product % 3}"}}',
        "stock": None if product % 3 else float(product % 9),
    }


def _events() -> list[dict[str, object]]:
    """Two products that are looked at together and not bought so, carts left behind, searches, a machine."""
    visits: list[tuple[str | None, list[tuple[str, int | None, str | None]]]] = []
    for number in range(120):
        visits.append((f"V{number}", [("view", 14, None), ("view", 24, None)]))
        other = (number * 7 + 3) % 30
        visits.append(
            (f"K{number}", [("view", number % 30, None), ("view", other, None), ("cart", other, None)])
        )
        visits.append(
            (None, [("cart", 2, None), ("abandon", 2, None), ("cart", 11, None), ("search", None, "Korb 1")])
        )
    visits.append((None, [("view", product, None) for product in range(30)]))
    visits.append(("V0", [("post", 3, "schön »ß«"), ("search", None, None), ("search", 7, "öl")]))
    return [
        {
            "event_id": f"{number}-{place}",
            "customer_id": customer,
            "visit_id": None if customer and number % 2 else f"besuch {number}",
            "happened_at": START + timedelta(hours=31 * number, seconds=place),
            "kind": kind,
            "product_id": None if product is None else f"P{product}",
            "words": words,
        }
        for number, (customer, acts) in enumerate(visits)
        for place, (kind, product, words) in enumerate(acts)
    ]


def _fit(number: int) -> dict[str, object]:
    """Odd products must fit even ones, in one of three sizes."""
    return {
        "rule": "größe",
        "side": "product" if number % 2 else "partner",
        "product_id": f"P{number}",
        "value": f"größe {number % 3}",
        "said": f"größe: {number % 3}",
    }


def _offer(number: int) -> dict[str, object]:
    """Customers are offered a contract; those with an odd number take it, and a few are held out."""
    return {
        "contact_id": f"c{number}",
        "customer_id": f"K{number}" if number < 90 else f"U{number - 90}",
        "happened_at": START + timedelta(days=480),
        "direction": "out",
        "channel": "email",
        "purpose": "offer",
        "product_id": "P60",
        "outcome": "held-out" if number % 20 == 7 else "accept" if number >= 90 and number % 2 else "decline",
    }


def _aside(number: int) -> dict[str, object]:
    return {
        "source_id": f"f{number}",
        "source": "ereignisse.csv",
        "row": number,
        "kind": "events" if number % 2 else "products",
        "reason": "the date is missing",
        "raw": None if number == 4 else f"ß;'{number}'",
    }


def _edited(number: int) -> dict[str, object]:
    actions = ("pin", "forbid", "retype", "annotate")
    return {
        "product_id": f"P{number}",
        "other_id": f"P{(number + (1 if number % 3 else 7)) % 30}",
        "action": actions[number % 4],
        "type": (None, "complement", "accessory", None)[number % 4],
        "note": "weil es passt »ß«",
        "author": "Ännchen",
        "edited_at": START + timedelta(days=number),
    }
