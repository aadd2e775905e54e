"""Outcomes that were kept are read, not played again, and are the same."""

from pathlib import Path

import pytest

import benchmarks.kept_markets as kept
from benchmarks.kept_markets import Season
from passend.market.scenario import load_scenario


def test_kept_outcomes_are_the_played_ones_and_count_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = load_scenario("gym").changed({"customers.number": 150, "market.history_weeks": 30})
    season = Season(weeks=2, markets=2, folder=tmp_path)
    first = season.played(scenario, ["random", "blanket"])
    assert first == Season(weeks=2, markets=2).played(scenario, ["random", "blanket"])

    played: list[tuple[str, ...]] = []

    def watched(*arguments: object) -> list[object]:
        played.append(arguments[1])  # type: ignore[arg-type]
        return []

    monkeypatch.setattr(kept, "each_market", watched)
    assert sorted(season.played(scenario, ["random", "blanket"]), key=repr) == sorted(first, key=repr)
    assert played == []
    with pytest.raises(FileNotFoundError):
        season.played(scenario, ["random", "lift-rules"])
    assert played == [("lift-rules",)]
