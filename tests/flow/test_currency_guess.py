"""A file that names no currency: that of the countries, said as a guess; else a word on how to name it."""

from pathlib import Path

import pytest

from passend.flow.importing import ImportRequest, import_sources
from passend.ports import Silence
from passend.workspace import Workspace


def imported(folder: Path, header: str, countries: list[str], price: str = "19,90") -> tuple[Workspace, str]:
    """A file of ten orders; the workspace, and all that was said."""
    lines = [
        f"{1000 + place};0{1 + place % 9}.05.2026;K{place % 4};P{place % 3};1;{price};{country}"
        for place, country in enumerate(countries * (10 // len(countries)))
    ]
    file = folder / "orders.csv"
    file.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    workspace = Workspace(folder / "ws")
    summary = import_sources(workspace, [ImportRequest(file)], Silence())
    return workspace, " ".join(note for source in summary.sources for note in source.notes)


HEADER = "Bestellnummer;Bestelldatum;Kundennummer;Artikelnummer;Menge;Preis;Land"


def currencies(workspace: Workspace) -> set[str | None]:
    return set(workspace.read("orders")["currency"].to_pylist())


@pytest.mark.parametrize(
    ("countries", "currency"),
    [(["DE"], "EUR"), (["Deutschland", "Österreich"], "EUR"), (["United Kingdom"], "GBP"), (["CH"], "CHF")],
)
def test_the_countries_tell(tmp_path: Path, countries: list[str], currency: str) -> None:
    workspace, said = imported(tmp_path, HEADER, countries)
    assert currencies(workspace) == {currency}
    assert f"taken as {currency}" in said


def test_countries_of_two_currencies_do_not_tell(tmp_path: Path) -> None:
    workspace, said = imported(tmp_path, HEADER, ["DE", "CH"])
    assert currencies(workspace) == {None}
    assert "--set intake.currency=EUR" in said


def test_what_the_file_names_itself_holds(tmp_path: Path) -> None:
    workspace, said = imported(tmp_path, HEADER.replace("Preis", "Preis CHF"), ["DE"])
    assert currencies(workspace) == {"CHF"}
    assert "currency" not in said
    (tmp_path / "b").mkdir()
    workspace, said = imported(tmp_path / "b", HEADER, ["DE"], price="$19.90")
    assert currencies(workspace) == {"USD"}
    assert "currency" not in said


def test_prices_with_tax_are_told(tmp_path: Path) -> None:
    assert "value-added tax" in imported(tmp_path, HEADER.replace("Preis", "VK brutto"), ["DE"])[1]
    (tmp_path / "b").mkdir()
    assert "value-added tax" not in imported(tmp_path / "b", HEADER, ["DE"])[1]
