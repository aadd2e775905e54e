"""The command line in German: help, mistakes, errors with remedies, the account of an import, and what it found."""

import csv
import os
import re
import shutil
from pathlib import Path

import click
import pytest

from passend.cli import cli
from passend.cli.tongue import spoken
from passend.market.sample import write_sample
from tests.cli.calls import passend
from translations.gathering import CLICK

ENGLISH = re.compile(r"\b(?:the|which|bought|because|expected|offers?)\b")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A workspace with a plan, made in German."""
    place = tmp_path_factory.mktemp("german")
    write_sample(place / "orders.csv", customers=300, seed=4)
    done = passend("run", str(place / "orders.csv"), "-y", "-w", str(place / "ws"), "--language", "de")
    (place / "said.txt").write_text(done.stdout, "utf-8")
    return place


def test_the_account_of_an_import_and_the_plan_are_told_in_german(folder):
    said = (folder / "said.txt").read_text("utf-8")
    for sentence in (
        "übernommene Bestellpositionen",
        "Porto oder Versand",
        "Erwarteter Zusatzgewinn",
        "im Plan, innerhalb",
    ):
        assert sentence in said
    assert not ENGLISH.search(said.replace("offers.csv", ""))
    assert '<html lang="de">' in (folder / "ws" / "report.html").read_text("utf-8")


def test_the_offers_that_are_exported_carry_german_reasons(folder):
    with (folder / "ws" / "offers.csv").open(encoding="utf-8") as file:
        reasons = {row["reason"] for row in csv.DictReader(file)}
    assert reasons
    assert not [one for one in reasons if ENGLISH.search(one)]
    assert any("zu erwarten" in one or "wird von Kunden" in one for one in reasons)


def test_customers_and_products_are_told_in_german(folder):
    customer = re.search(r"Kunde (\S+)</h4>", (folder / "ws" / "report.html").read_text("utf-8"))[1]
    said = passend("customers", "show", customer, "-w", str(folder / "ws"), "--language", "de").stdout
    assert f"Kunde {customer}: anbieten" in said
    assert re.search(r"\d\d\.\d\d\.\d{4}", said)
    assert "Gewinn und Verlust" in said
    english = passend("customers", "show", customer, "-w", str(folder / "ws")).stdout
    assert "Profit and loss" in english


def test_the_peoples_word_and_the_way_back_are_told_in_german(folder, tmp_path):
    shutil.copytree(folder / "ws", tmp_path / "ws")
    place = ["-w", str(tmp_path / "ws"), "--language", "de"]
    why = ["--note", "doppelt", "--author", "Ada"]
    said = [passend("products", "forbid", "2601", "2602", *why, *place).stdout]
    said += [passend("products", "pin", "2601", "3402", *why, *place).stdout]
    said += [passend("products", "annotate", "2601", "3402", *why, *place).stdout]
    assert said == [
        "2602 wird neben 2601 nie gezeigt. Das gilt ab dem nächsten Plan: passend plan\n",
        "3402 steht neben 2601 immer an erster Stelle. Das gilt ab dem nächsten Plan: passend plan\n",
        "Die Notiz zu 2601 und 3402 ist vermerkt.\n",
    ]
    customer = re.search(r"Kunde (\S+)</h4>", (folder / "ws" / "report.html").read_text("utf-8"))[1]
    because = ["--reason", "Beschwerde", "--author", "M. Huber"]
    passend("customers", "treat", customer, "--as", "leave alone", *because, *place)
    shown = passend("customers", "show", customer, *place).stdout
    assert "warum nicht: in Ruhe lassen: M. Huber hat entschieden: Beschwerde" in shown
    assert "Bestellpositionen" in passend("undo", *place).stdout


def test_a_budget_is_shown_in_money(folder):
    said = passend("plan", "--what-if", "budget=5000", "-w", str(folder / "ws"), "--language", "de").stdout
    assert re.search(r"5\.000,00(?:\s€)?\s*│", said)
    assert "minor units" not in said


def test_the_account_of_packed_cells_of_a_known_export_is_told_in_german(tmp_path):
    cells = ["2x Tee|1x Kanne, groß", "1x Tee|1x Sieb", "1x Kanne, groß|3x Sieb", "1x Tee"] * 4
    rows = [f"{number};2026-01-0{1 + number % 9};{number % 5};{cell}" for number, cell in enumerate(cells)]
    (tmp_path / "shop.csv").write_text(
        "\n".join(["order_number;order_date_time;customer_number;line_items", *rows]) + "\n", "utf-8"
    )
    place = ["-w", str(tmp_path / "ws"), "--language", "de"]
    said = passend("import", str(tmp_path / "shop.csv"), *place).stdout
    assert "getrennt durch '|'; jeder wird eine Zeile" in said
    assert "Menge = Anzahl beim Artikel" in said
    assert "bekannten Exports: Shopware-6-Bestellungen, Standardprofil." in said


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            ("plan", "-w", "nowhere-at-all"),
            ("Fehler: Im Arbeitsordner gibt es noch keine Tabelle", "Was zu tun ist:"),
        ),
        (("run", "nowhere.csv"), ("gibt es keine Datei nowhere.csv", "prüfen Sie Schreibweise und Ordner")),
        (("run", "--set", "products.windw_days=3"), ("Die Einstellung „products.windw_days“ gibt es nicht",)),
        (("dance",), ("Aufruf:", "Den Befehl 'dance' gibt es nicht")),
        (("customers", "show"), ("Es fehlt die Angabe 'KUNDE'",)),
    ],
)
def test_mistakes_are_told_in_german(call, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = passend(*call, "--language=de", ok=False)
    assert done.returncode in (1, 2)
    assert all(words in done.stderr for words in says), done.stderr


def test_help_is_german_and_the_next_call_english_again():
    assert "Verkaufen, was passt" in passend("--language", "de", "--help").stdout
    assert "Ordner mit den Daten." in passend("run", "--language", "de", "--help").stdout
    assert "Folder that keeps the data." in passend("run", "--help").stdout
    assert cli.help is not None
    assert cli.help.startswith("Sell what fits")


def test_the_setting_counts_where_the_call_says_nothing(folder):
    (folder / "ws" / "settings.toml").write_text('language = "de"\n')
    try:
        assert "Angebote" in passend("plan", "list", "-w", str(folder / "ws"), "--set", "language=de").stdout
    finally:
        (folder / "ws" / "settings.toml").unlink()


def test_clicks_words_are_clicks():
    source = "".join(file.read_text("utf-8") for file in sorted(Path(click.__file__).parent.glob("*.py")))
    assert [words for words in CLICK if words not in source] == []


def test_the_environment_is_left_as_it_was(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "fr")
    with spoken(["--language", "de"]):
        assert os.environ["LANGUAGE"] == "de"
    assert os.environ["LANGUAGE"] == "fr"


def commands(command=cli, path=()):
    """Every command, as its help is asked for."""
    yield path
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            yield from commands(command.get_command(click.Context(command), name), (*path, name))


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_no_help_is_half_english_or_cut_off(path):
    said = passend(*path, "--help", "--language", "de").stdout
    shouted = set(re.findall(r"\b[A-Z]{3,}\b", said)) & set(METAVARS)
    assert not shouted
    assert not re.search(r"[a-zäöü,](\.\.\.|…)$", said, re.MULTILINE)
    assert "required]" not in said


METAVARS = (
    *("OPTIONS", "COMMAND", "ARGS", "FILE", "FILES", "FOLDER", "DIRECTORY", "CUSTOMER", "PRODUCT", "NUMBER"),
    *(
        "CAMPAIGN",
        "MEANING",
        "COLUMN",
        "VALUE",
        "RULE",
        "TABLE",
        "INTEGER",
        "FLOAT",
        "OTHER",
        "TOOL",
        "RECIPE",
    ),
)


def test_a_list_of_commands_tells_each_by_a_whole_sentence():
    said = " ".join(passend("--help").stdout.split())
    assert "Do the whole job: import files, find what goes together, plan offers, write the report." in said


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (("bestellungen.csv",), "Meinten Sie: passend run bestellungen.csv"),
        (("postgresql://shop/orders",), "Meinten Sie: passend run postgresql://shop/orders"),
        (("runn",), "Meinten Sie 'run'?"),
        (("plan", "exprot"), "Meinten Sie 'export'?"),
    ],
)
def test_a_slip_in_a_call_is_answered_with_what_was_meant(call, says):
    done = passend(*call, "--language", "de", ok=False)
    assert done.returncode == 2
    assert says in done.stderr
