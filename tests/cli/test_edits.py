"""People's word on relations, from the command line to the next plan."""

import json

from passend.market.sample import write_sample
from tests.cli.calls import passend


def test_a_pair_is_forbidden_pinned_listed_and_exported(tmp_path):
    write_sample(tmp_path / "orders.csv", customers=800, seed=4)
    place = ["-w", str(tmp_path / "ws")]
    passend("run", str(tmp_path / "orders.csv"), *place, "--quiet")

    def partners(product: str) -> list[str]:
        told = json.loads(passend("products", "show", product, *place, "--json").stdout)
        return [row["other_id"] for rows in told["relations"].values() for row in rows]

    assert "2602" in partners("2601")
    passend("products", "forbid", "2601", "2602", "--note", "sold as a set", "--author", "Ada", *place)
    passend(
        "products",
        "pin",
        "2601",
        "3402",
        "--note",
        "season start",
        "--author",
        "Ada",
        "--type",
        "complement",
        *place,
    )
    passend("plan", *place, "--quiet")
    assert "2602" not in partners("2601")
    assert "3402" in partners("2601")
    listed = json.loads(passend("products", "edits", *place, "--json").stdout)
    assert [(row["action"], row["author"]) for row in listed] == [("forbid", "Ada"), ("pin", "Ada")]
    passend("products", "export", str(tmp_path / "edits.csv"), *place)
    again = json.loads(passend("products", "import", str(tmp_path / "edits.csv"), *place, "--json").stdout)
    assert again == {"added": 0}
    passend("products", "export", str(tmp_path / "feed.tsv"), "--merchant", *place)
    assert "often_bought_with:id:3402" in (tmp_path / "feed.tsv").read_text()
    wrong = passend("products", "pin", "2601", "nothing", "--note", "x", *place, ok=False)
    assert wrong.returncode == 1
    assert "There is no product 'nothing'" in wrong.stderr
