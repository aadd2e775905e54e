"""What stands in the docs about security and running: tests that exist, files that programs can read."""

import ast
import configparser
import json
import re
from pathlib import Path

import pytest
import yaml

from passend.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
THREATS = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
RUNNING = (ROOT / "docs" / "howto" / "run-it-for-a-firm.md").read_text("utf-8")
STRIDE = (
    "Spoofing",
    "Tampering",
    "Repudiation",
    "Information disclosure",
    "Denial of service",
    "Elevation of privilege",
)
#: What systemd knows, of what the units use.
KNOWN = {
    "Unit": {"Description", "After", "Wants"},
    "Service": {
        "User", "WorkingDirectory", "EnvironmentFile", "ExecStart", "Restart", "RestartSec", "TimeoutStopSec", "Type",
        "NoNewPrivileges", "PrivateTmp", "ProtectSystem", "ProtectHome", "ReadWritePaths", "Nice",
    },
    "Timer": {"OnCalendar", "Persistent"},
    "Install": {"WantedBy"},
}  # fmt: skip
INSTRUCTIONS = {
    "FROM", "RUN", "COPY", "USER", "VOLUME", "ENV", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"
}  # fmt: skip


def blocks(kind: str) -> list[str]:
    """The blocks of a kind on the page."""
    return re.findall(rf"```{kind}\n(.*?)```", RUNNING, re.DOTALL)


def rows() -> list[str]:
    """The lines of the tables of threats."""
    return [
        line for line in THREATS.splitlines() if line.startswith("| ") and not line.startswith("| threat ")
    ]


def test_every_letter_of_stride_has_its_threats() -> None:
    parts = re.split(r"^## ", THREATS, flags=re.MULTILINE)[1:]
    for letter in STRIDE:
        (part,) = [one for one in parts if one.startswith(letter)]
        assert "| threat |" in part


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.split("|")[1].strip()[:40])
def test_each_threat_is_held_by_a_test_that_exists(row: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row)
    assert named
    for file, test in named:
        found = ast.parse((ROOT / file).read_text("utf-8"))
        functions = {
            node.name for node in ast.walk(found) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert test in functions, (file, test)


def test_the_compose_file_can_be_read_and_keeps_its_secrets_outside() -> None:
    (text,) = blocks("yaml")
    told = yaml.safe_load(text)
    assert set(told) == {"services", "volumes"}
    names = {f"PASSEND_{one.name.upper().replace('.', '_')}" for one in SETTINGS}
    for name, service in told["services"].items():
        assert ("image" in service) != ("build" in service), name
        assert set(service.get("depends_on", {})) <= set(told["services"])
        assert {one.split(":")[0] for one in service["volumes"]} <= set(told["volumes"])
        given = service["environment"]
        assert {one for one in given if one.startswith("PASSEND_")} <= names
        assert all("${" in str(value) for one, value in given.items() if "PASSWORD" in one or "URL" in one)
        assert ":latest" not in service.get("image", "")
    assert all(one.startswith("127.0.0.1:") for one in told["services"]["passend"]["ports"])


@pytest.mark.parametrize("text", blocks("ini"))
def test_the_units_say_what_systemd_knows(text: str) -> None:
    unit = configparser.RawConfigParser(strict=True)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(text)
    for section in unit.sections():
        assert set(unit[section]) <= KNOWN[section], section
    if unit.has_section("Service"):
        assert unit["Service"]["User"] != "root"
        assert unit["Service"]["ExecStart"].startswith("/")


def test_the_container_is_not_roots_and_its_commands_are_lists() -> None:
    (text,) = blocks("dockerfile")
    lines = [line.split(" ", 1) for line in text.splitlines()]
    assert lines[0][0] == "FROM"
    assert ":" in lines[0][1]
    assert {word for word, _ in lines} <= INSTRUCTIONS
    assert [rest for word, rest in lines if word == "USER"] == ["passend"]
    for word, rest in lines:
        if word in {"ENTRYPOINT", "CMD"}:
            assert isinstance(json.loads(rest), list)
        if word == "HEALTHCHECK":
            assert isinstance(json.loads(rest.partition("CMD ")[2]), list)
    names = {f"PASSEND_{one.name.upper().replace('.', '_')}" for one in SETTINGS}
    assert {rest.split("=")[0] for word, rest in lines if word == "ENV"} <= names
