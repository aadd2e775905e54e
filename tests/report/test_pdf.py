"""The pages as PDF, printed by Chromium where there is one; else it is said what would help."""

import pytest

from passend.errors import MissingPart
from passend.report.pdf import as_pdf
from tests.cli.calls import passend
from tests.cli.test_results import call, filled
from tests.parts import need_chromium


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("pdf"), 400)


def _is_pdf(file):
    return file.read_bytes().startswith(b"%PDF-") and b"%%EOF" in file.read_bytes()[-64:]


def test_letter_and_results_are_printed(shop, tmp_path, monkeypatch):
    monkeypatch.setenv("PASSEND_CHROMIUM", need_chromium())
    call("letter", "-w", shop, "--folder", tmp_path, "--pdf")
    assert _is_pdf(tmp_path / "letter.pdf")
    said = call("results", "spring", "-w", shop, "--pdf", tmp_path / "spring.pdf")
    assert _is_pdf(tmp_path / "spring.pdf")
    assert "The PDF is in" in said
    assert "no report yet" in call("report", "-w", shop, "--pdf", tmp_path / "report.pdf", code=1)
    (shop / "report.html").write_text("<!doctype html><title>Report</title><p>The report.", "utf-8")
    call("report", "-w", shop, "--pdf", tmp_path / "report.pdf")
    assert _is_pdf(tmp_path / "report.pdf")


def test_without_a_browser_it_is_said_what_helps(monkeypatch, tmp_path):
    monkeypatch.delenv("PASSEND_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("passend.report.pdf._PLACES", ())
    with pytest.raises(MissingPart, match="no browser") as told:
        as_pdf("<p>")
    assert "Install Chromium" in str(told.value)


@pytest.mark.parametrize(("script", "says"), [("exit 3", "printed no PDF"), (None, "could not be run")])
def test_a_browser_that_fails_is_told(monkeypatch, tmp_path, script, says):
    browser = tmp_path / "browser"
    if script:
        browser.write_text(f"#!/bin/sh\n{script}\n")
        browser.chmod(0o755)
    monkeypatch.setenv("PASSEND_CHROMIUM", str(browser))
    with pytest.raises(MissingPart, match=says):
        as_pdf("<p>")


def test_nothing_is_left_half_written_where_the_browser_fails(shop, monkeypatch, tmp_path):
    monkeypatch.setenv("PASSEND_CHROMIUM", str(tmp_path / "none"))
    done = passend("results", "-w", str(shop), "--pdf", str(tmp_path / "x.pdf"), ok=False)
    assert done.returncode
    assert not (tmp_path / "x.pdf").exists()
