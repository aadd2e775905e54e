"""``passend results`` on a small shop whose campaign truly sold more: the figures, their sum, and both languages."""

import json
import random
from datetime import datetime, timedelta

import pytest

from tests.cli.calls import passend

START = datetime(2026, 3, 2, 10)


def call(*words, code=0):
    """What a command prints; of one that fails, what it tells."""
    done = passend(*(str(word) for word in words), ok=not code)
    assert done.returncode == code
    return done.stderr if code else done.stdout


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A campaign to 1,500 customers, 300 held out; the treated buy twice as often."""
    return filled(tmp_path_factory.mktemp("results"), 1500)


def filled(folder, people):
    """A workspace with a campaign of which each fifth customer was held out."""
    chance = random.Random(3)
    orders = ["order_id,customer_id,product_id,ordered_at,quantity,unit_price"]
    contacts = [
        "contact_id,customer_id,happened_at,direction,channel,purpose,product_id,campaign,probability,outcome,cost_cents"
    ]
    for number in range(people):
        held = number % 5 == 0
        at = START + timedelta(hours=number % 200)
        outcome = "held-out" if held else ("click", "none")[number % 2]
        chosen = 0.2 if held else 0.8
        contacts.append(
            f"T{number},K{number},{at:%Y-%m-%d %H:%M},out,email,offer,P1,spring,{chosen},{outcome},2"
        )
        days = [-chance.random() * 100 for _ in range(chance.randrange(3))]
        days += [chance.random() * 25 for _ in range(1) if chance.random() < (0.15 if held else 0.4)]
        for day in days:
            orders.append(
                f"{len(orders)},K{number},P{1 + len(orders) % 3},{at + timedelta(days=day):%Y-%m-%d %H:%M},1,"
                f"{chance.choice([10, 20, 40])}"
            )
    orders.append(f"end,K1,P1,{START + timedelta(days=150):%Y-%m-%d},1,10")
    (folder / "orders.csv").write_text("\n".join(orders))
    (folder / "contacts.csv").write_text("\n".join(contacts))
    customers = ["customer_id,region,segment,language"]
    customers += [
        f"K{n},{('North', 'South')[n % 2]},private,{('de', 'en')[n // 2 % 2]}" for n in range(people)
    ]
    (folder / "customers.csv").write_text("\n".join(customers))
    call(
        "import",
        folder / "orders.csv",
        folder / "contacts.csv",
        folder / "customers.csv",
        "-w",
        folder / "ws",
        "-q",
    )
    return folder / "ws"


def test_all_campaigns_with_their_verdicts(shop):
    found = json.loads(call("results", "-w", shop, "--json"))
    assert [(one["campaign"], one["verdict"], one["held_out"]) for one in found] == [("spring", "works", 300)]
    said = call("results", "-w", shop)
    assert "spring" in said
    assert "works" in said


def test_the_claim_and_the_profit_are_reconciled_part_by_part(shop):
    found = json.loads(call("results", "spring", "-w", shop, "--json"))[0]
    parts = found["reconciled"]
    assert parts[0]["cents"] == found["claimed_cents"] > 0
    assert sum(part["cents"] for part in parts if not part["is_sum"]) == pytest.approx(
        parts[-1]["cents"] - parts[0]["cents"]
    )
    assert parts[-1]["cents"] == pytest.approx(found["effects"][0]["total"])
    assert found["effects"][0]["total_low"] > 0


def test_it_reads_in_german(shop):
    said = call("results", "spring", "-w", shop, "--language", "de")
    assert "spring: wirkt. Der ganze Unsicherheitsbereich liegt über null." in said
    assert "Ein Mailprogramm würde sich" in said


def test_effects_and_goals_are_kept(shop):
    from passend import Workspace

    passend("results", "--workspace", str(shop))  # whichever test came first on this worker
    workspace = Workspace(shop)
    assert workspace.read("goals")["campaign"].to_pylist() == ["spring"]
    rows = workspace.read("effects").to_pylist()
    assert {row["metric"] for row in rows} >= {"profit", "revenue", "returns", "complaints"}


def test_an_unknown_campaign_and_an_empty_workspace_are_told(shop, tmp_path):
    assert "Known are: spring." in call("results", "autumn", "-w", shop, code=1)
    (tmp_path / "orders.csv").write_text(
        "order_id,customer_id,product_id,ordered_at,quantity,unit_price\n1,K,P,2026-01-01,1,5\n"
    )
    call("import", tmp_path / "orders.csv", "-w", tmp_path / "ws", "-q")
    assert "nothing to measure yet" in call("results", "-w", tmp_path / "ws", code=1)


def test_the_scorecard_tells_value_reference_and_rating(shop):
    found = json.loads(call("scorecard", "-w", shop, "--json"))
    rows = {row["figure"]: row for row in found["scorecard"]}
    assert len(rows) == 16
    assert rows["loss-making cross-buyers"]["source"].startswith("Shah and Kumar")
    assert rows["breadth"]["reference"] == "no public reference"
    assert rows["added profit per 1,000 customers"]["rating"] == "strong"
    assert rows["satisfaction"]["value"] is None
    assert "Fewer than 20 answers" in rows["satisfaction"]["because"]
    assert 0 < rows["repeat rate"]["low"] < rows["repeat rate"]["value"] < rows["repeat rate"]["high"] < 1
    assert [one["what"] for one in found["actions"]] == ["go on"]
    assert "Rückgabequote" in call("scorecard", "-w", shop, "--language", "de")


@pytest.mark.parametrize(("language", "says"), [("en", "Go on with spring"), ("de", "spring fortführen")])
def test_the_letter_is_one_page_without_a_network(shop, tmp_path, language, says):
    call("letter", "-w", shop, "--folder", tmp_path, "--language", language)
    page = (tmp_path / "letter.html").read_text("utf-8")
    assert says in page
    # What nobody has published is not said to be better than that, however good it is.
    better = next(line for line in page.splitlines() if line.startswith(("<p>Better than", "<p>Besser als")))
    assert "1,000" not in better
    assert "1.000" not in better
    assert "http" not in page.replace("http-equiv", "")
    assert "<script" not in page
    told = json.loads((tmp_path / "letter.json").read_text("utf-8"))
    assert told["actions"][0]["cents"] == pytest.approx(
        next(row["total"] for row in told["effects"] if row["metric"] == "profit" and row["slice"] == "all")
    )
    assert (tmp_path / "effects.parquet").exists()
    assert (tmp_path / "scorecard.csv").exists()


def test_a_firm_that_measures_nothing_gets_its_scorecard_and_is_told_why(tmp_path):
    lines = ["order_id,customer_id,product_id,ordered_at,quantity,unit_price"]
    lines += [f"{n},K{n % 30},P{n % 4},2026-0{1 + n % 6}-01,1,5" for n in range(120)]
    (tmp_path / "orders.csv").write_text("\n".join(lines))
    call("import", tmp_path / "orders.csv", "-w", tmp_path / "ws", "-q")
    call("letter", "-w", tmp_path / "ws", "--folder", tmp_path)
    page = (tmp_path / "letter.html").read_text("utf-8")
    assert "There is nothing to measure yet" in page
    assert "Make a plan with a hold-out" in page
