from tests.worlds import baskets, intake, plan, rows_of

PLANTED = [(5, 20, 0.6), (8, 30, 0.6)]


def test_nobody_is_offered_what_they_own_and_ranks_have_no_gaps():
    engine = intake(baskets(1, planted=PLANTED))
    plan(engine)
    owned = {(row["customer_id"], row["product_id"]) for row in rows_of(engine, "first_purchases")}
    by_customer: dict[str, list[dict]] = {}
    for row in rows_of(engine, "recommendations"):
        assert (row["customer_id"], row["product_id"]) not in owned
        by_customer.setdefault(row["customer_id"], []).append(row)
    assert len(by_customer) == len({row["customer_id"] for row in rows_of(engine, "first_purchases")})
    for rows in by_customer.values():
        assert sorted(row["rank"] for row in rows) == list(range(1, len(rows) + 1))
        ranked = sorted(rows, key=lambda row: row["rank"])
        assert [row["score"] for row in ranked] == sorted((row["score"] for row in rows), reverse=True)


def test_the_planted_partner_leads_what_relations_speak_for_and_carries_its_reason():
    engine = intake(
        [
            *baskets(2, planted=PLANTED),
            {
                "order_id": "last",
                "customer_id": "anna",
                "product_id": "p005",
                "product_name": "Product 5",
                "quantity": 1.0,
            },
        ]
    )
    plan(engine)
    hers = sorted(
        (row for row in rows_of(engine, "recommendations") if row["customer_id"] == "anna"),
        key=lambda row: row["rank"],
    )
    best = next(row for row in hers if row["type"] != "popular")
    assert best["rank"] <= 5, "only what is bought far more often anyway may stand before it"
    assert best["product_id"] == "p020"
    assert best["because_of"] == "p005"
    assert best["reason"].startswith("bought Product 5 on 2024-01-01; of ")


def test_a_customer_without_relations_gets_best_sellers():
    engine = intake(
        [
            *baskets(2, planted=PLANTED),
            {"order_id": "last", "customer_id": "berta", "product_id": "lonely", "quantity": 1.0},
        ]
    )
    plan(engine)
    rows = [row for row in rows_of(engine, "recommendations") if row["customer_id"] == "berta"]
    assert rows
    assert {row["type"] for row in rows} == {"popular"}
    assert all(row["because_of"] is None for row in rows)


def test_orders_without_dates_work_by_their_sequence():
    rows = [
        {**row, "ordered_at": None, "sequence": int(row["order_id"][1:])}
        for row in baskets(4, planted=PLANTED)
    ]
    engine = intake(rows)
    plan(engine)
    assert rows_of(engine, "recommendations")
    assert all(
        "in a later order" in row["reason"] for row in rows_of(engine, "relations") if row["type"] == "next"
    )
    assert all(row["lag_days"] is None for row in rows_of(engine, "relations"))


def test_one_line_is_enough_to_run():
    engine = intake([{"order_id": "1", "customer_id": "k", "product_id": "a", "quantity": 1.0}])
    plan(engine)
    assert rows_of(engine, "relations") == []
    assert rows_of(engine, "offers") == []
    assert rows_of(engine, "verdicts")[0]["verdict"] == "nothing fits"
