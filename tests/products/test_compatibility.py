"""The case must fit the phone: rules on attributes, their errors, and what they leave out."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from passend.errors import InvalidInput
from passend.flow import ImportRequest, import_sources, make_plan
from passend.flow.lookup import find_product
from passend.ports import Silence
from passend.products.compatibility import Rule, Side, expand, read_rules
from passend.tables import contract
from passend.workspace import Workspace
from tests.worlds import intake, plan, rows_of, table

RULES = """\
# The case must fit the phone.
rules:
  - name: cases fit phones
    products: {category: Cases}
    with:
      attributes: {type: phone}
    attribute: fits
    matches: model
"""
PRODUCTS = [
    ("A", "Phones", {"type": "phone", "model": "Alpha"}),
    ("B", "Phones", {"type": "phone", "model": "Beta"}),
    ("CA", "Shop > Cases", {"fits": "alpha; gamma"}),
    ("CB", "Shop > Cases", {"fits": "beta"}),
    ("CX", "Shop > Cases", {}),
]


def listed() -> pa.Table:
    rows = [
        {
            "product_id": code,
            "name": code,
            "category": category,
            "attributes": json.dumps(attributes) if attributes else None,
        }
        for code, category, attributes in PRODUCTS
    ]
    return table("products", rows)


def written(folder: Path, text: str) -> Path:
    file = folder / "compatibility.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_rule_is_read_and_spread_over_the_products(tmp_path):
    rules = read_rules(written(tmp_path, RULES))
    assert rules == [
        Rule("cases fit phones", Side("Cases"), Side(attributes={"type": "phone"}), "fits", "model")
    ]
    rows = expand(rules, listed()).to_pylist()
    assert contract("compatibility").check(expand(rules, listed())).num_rows == len(rows)
    assert {(row["side"], row["product_id"], row["value"]) for row in rows} == {
        ("product", "CA", "alpha"), ("product", "CA", "gamma"), ("product", "CB", "beta"),
        ("partner", "A", "alpha"), ("partner", "B", "beta"),
    }  # fmt: skip


def test_what_is_not_known_can_be_forbidden(tmp_path):
    rules = read_rules(written(tmp_path, RULES + "    missing: forbid\n"))
    rows = expand(rules, listed()).to_pylist()
    assert [row["product_id"] for row in rows if row["value"].startswith("?")] == ["CX"]


def test_without_a_file_there_are_no_rules(tmp_path):
    assert read_rules(tmp_path / "compatibility.yaml") == []
    assert read_rules(written(tmp_path, "# nothing yet\n")) == []


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (RULES.replace("attribute:", "atribute:"), 7, "cannot have 'atribute'"),
        (RULES.replace("    attribute: fits\n", ""), 3, "no 'attribute'"),
        (RULES.replace("{category: Cases}", "Cases"), 4, "not of the form name: value"),
        (RULES.replace("{category: Cases}", "{}"), 4, "chooses no products"),
        (RULES + "    missing: maybe\n", 9, "can be allow or forbid"),
        (RULES + RULES.split("rules:\n")[1], 9, "stands in line 3 already"),
        ("rules: 5\n", 1, "not a list"),
        ("rules:\n  - name: [a\n", 3, "no YAML"),
        ("- a\n", 1, "not of the form"),
        (RULES + "    attribute: fits\n", 9, "given twice"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path, text, line, what):
    with pytest.raises(InvalidInput) as problem:
        read_rules(written(tmp_path, text))
    assert problem.value.record == f"compatibility.yaml, line {line}"
    assert what in problem.value.what


def shop(seed: int = 0) -> list[dict]:
    """Everybody buys cases with phones, of either kind: the wrong ones as gifts, so that orders alone cannot tell."""
    start = datetime(2024, 1, 1)
    rows = []
    for n in range(600):
        when = start + timedelta(days=n % 300)
        wanted = (
            ["A" if n % 2 else "B", "CA" if n % 4 < 2 else "CB"]
            if n % 3
            else [f"Z{n % 9}", f"Z{(n * 5 + 2) % 9}"]
        )
        rows += [
            {
                "order_id": f"o{n}",
                "customer_id": f"c{n}",
                "product_id": code,
                "ordered_at": when,
                "quantity": 1.0,
            }
            for code in dict.fromkeys(wanted)
        ]
        if n % 30 == 1:
            rows.append(
                {
                    "order_id": f"p{n}",
                    "customer_id": f"d{n}",
                    "product_id": "A",
                    "ordered_at": when,
                    "quantity": 1.0,
                }
            )
    return rows


def test_what_does_not_fit_is_left_out_with_its_reason_and_not_offered(tmp_path):
    def computed(rules):
        engine = intake(shop())
        engine.load("products", pa.concat_tables([_with_attributes(engine)]))
        engine.load("compatibility", expand(rules, engine.fetch("products")))
        plan(engine)
        return engine

    rules = read_rules(written(tmp_path, RULES))
    free, ruled = computed([]), computed(rules)
    pairs = {(row["product_id"], row["other_id"]) for row in rows_of(free, "relations")}
    assert ("A", "CB") in pairs, "orders alone must say so"
    kept = {(row["product_id"], row["other_id"]) for row in rows_of(ruled, "relations")}
    # Nor do cases for different phones replace each other.
    wrong = {("A", "CB"), ("CB", "A"), ("B", "CA"), ("CA", "B"), ("CA", "CB"), ("CB", "CA")}
    assert pairs - kept == wrong & pairs
    unfit = {(row["product_id"], row["other_id"]): row["reason"] for row in rows_of(ruled, "misfits")}
    assert unfit["A", "CB"] == "CB (fits: beta) does not fit A (model: Alpha): rule cases fit phones"
    offers = [
        row["product_id"] for row in rows_of(ruled, "recommendations") if row["customer_id"].startswith("d")
    ]
    assert "CA" in offers
    assert "CB" not in offers
    assert "CB" in [
        row["product_id"] for row in rows_of(free, "recommendations") if row["customer_id"].startswith("d")
    ]


def test_people_may_pin_what_a_rule_leaves_out(tmp_path):
    engine = intake(shop())
    engine.load("products", _with_attributes(engine))
    engine.load("compatibility", expand(read_rules(written(tmp_path, RULES)), engine.fetch("products")))
    engine.load(
        "relation_edits",
        table(
            "relation_edits", [{"product_id": "A", "other_id": "CB", "action": "pin", "type": "complement"}]
        ),
    )
    plan(engine)
    assert ("A", "CB") in {(row["product_id"], row["other_id"]) for row in rows_of(engine, "relations")}


def _with_attributes(engine) -> pa.Table:
    known = {code: (category, attributes) for code, category, attributes in PRODUCTS}
    rows = engine.fetch("products").to_pylist()
    for row in rows:
        category, attributes = known.get(row["product_id"], (None, {}))
        row["category"], row["attributes"] = category, json.dumps(attributes) if attributes else None
    return pa.Table.from_pylist(rows, schema=contract("products").schema)


def test_the_file_in_the_workspace_is_used_and_shown(tmp_path):
    orders = tmp_path / "orders.csv"
    lines = ["order_id,customer_id,product_id,order_date,quantity"]
    lines += [
        f"{row['order_id']},{row['customer_id']},{row['product_id']},{row['ordered_at']:%Y-%m-%d},1"
        for row in shop()
    ]
    orders.write_text("\n".join(lines))
    products = tmp_path / "products.csv"
    products.write_text(
        "sku;name;category;attributes\n"
        + "".join(f"{c};Thing {c};{k};{json.dumps(a)}\n" for c, k, a in PRODUCTS)
    )
    workspace = Workspace(tmp_path / "ws")
    import_sources(workspace, [ImportRequest(orders), ImportRequest(products)], Silence())
    written(workspace.folder, RULES)
    make_plan(workspace, Silence())
    shown = find_product(workspace, "A")
    assert [row["other_id"] for row in shown["does_not_fit"]] == ["CB"]
    written(workspace.folder, "rules:\n  - nam: x\n")
    with pytest.raises(InvalidInput, match="cannot have 'nam'"):
        make_plan(workspace, Silence())
