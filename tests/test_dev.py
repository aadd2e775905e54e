"""dev.py and the files around the package: what a person meets first must work and say what is wrong."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dev
from passend.flow.serving.keys import DEMO_PUBLIC, DEMO_SECRET

ROOT = Path(__file__).resolve().parent.parent


# --- arguments


def test_help_names_every_command(capsys):
    assert dev.main([]) == 0
    shown = capsys.readouterr().out
    assert all(f"dev.py {command}" in shown for command in dev.COMMANDS)


def test_an_unknown_command_is_answered_with_the_known_ones(capsys):
    assert dev.main(["tset"]) == 2
    assert "no command 'tset'" in capsys.readouterr().out


def test_run_without_a_file_says_what_to_do(capsys):
    assert dev.main(["run", "--no-open"]) == 1
    assert "dev.py run orders.csv" in capsys.readouterr().err


def test_the_demo_of_a_campaign_begins_anew(monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "install", calls.append)
    monkeypatch.setattr(dev, "call", lambda *words, cwd=None: calls.append(words) or 0)
    (tmp_path / "demo" / "rehearsal" / "manifests").mkdir(parents=True)
    assert dev.demo(["--campaign", "--seed", "2", "--no-open"]) == 0
    assert not (tmp_path / "demo" / "rehearsal").exists()
    words = calls[-1]
    assert words[:4] == ("-m", "passend", "market", "rehearse")
    assert words[-2:] == ("--seed", "2")


def test_run_passes_options_on_and_returns_the_exit_code(monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(dev, "install", calls.append)
    monkeypatch.setattr(dev, "call", lambda *words, cwd=None: calls.append(words) or 3)
    options = ["my orders.csv", "--workspace", str(tmp_path), "--map", "price=Preis"]
    assert dev.main(["run", *options, "--no-open"]) == 3
    assert calls == [(), ("-m", "passend", "run", *options)]


@pytest.mark.parametrize(("arguments", "opened"), [([], True), (["--no-open"], False)])
def test_run_opens_the_report_for_a_person_before_a_screen(monkeypatch, tmp_path, arguments, opened):
    pages = []
    monkeypatch.setattr(dev, "install", lambda _extras: None)
    monkeypatch.setattr(dev, "call", lambda *_words: (tmp_path / "report.html").write_text("<html>") * 0)
    monkeypatch.setattr(dev, "has_screen", lambda _environment, *, interactive: True)
    monkeypatch.setattr(dev.webbrowser, "open", pages.append)
    assert dev.main(["run", "orders.csv", f"--workspace={tmp_path}", *arguments]) == 0
    assert pages == ([(tmp_path / "report.html").as_uri()] if opened else [])


@pytest.mark.parametrize("option", ["--json", "--quiet"])
def test_run_adds_nothing_to_the_output_for_scripts(monkeypatch, tmp_path, capsys, option):
    monkeypatch.setattr(dev, "install", lambda _extras: None)
    monkeypatch.setattr(dev, "call", lambda *_words: (tmp_path / "report.html").write_text("<html>") * 0)
    assert dev.main(["run", "orders.csv", "--workspace", str(tmp_path), option]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("options", "extras"),
    [
        (["orders.csv"], ()),
        (["spark.csv", "--engine", "duckdb"], ()),
        (["orders.csv", "--engine", "spark"], ("spark",)),
        (["orders.csv", "--engine=spark"], ("spark",)),
        (["orders.csv", "--set", "engine.name=spark"], ("spark",)),
        (["postgresql://shop/orders"], ("postgres",)),
        (["postgresql+psycopg://shop/orders", "--engine", "spark"], ("postgres", "spark")),
        (["postgres.csv"], ()),
    ],
)
def test_a_run_installs_only_the_extras_that_it_needs(options, extras):
    assert dev.extras_for(options) == extras


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], ["-n", "auto", "--dist", "loadgroup"]),
        (["-k", "intake"], ["-n", "auto", "--dist", "loadgroup", "-k", "intake"]),
        (["-n", "0"], ["-n", "0"]),
        (["-n0", "-x"], ["-n0", "-x"]),
        (["--pdb"], ["--pdb"]),
    ],
)
def test_the_tests_run_on_all_cores_unless_told_otherwise(arguments, options):
    assert dev.pytest_options(arguments) == options


def test_a_browser_opens_only_for_a_person_before_a_screen(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert dev.has_screen({"DISPLAY": ":0"}, interactive=True)
    assert not dev.has_screen({"DISPLAY": ":0"}, interactive=False)
    assert not dev.has_screen({"DISPLAY": ":0", "CI": "true"}, interactive=True)
    assert not dev.has_screen({}, interactive=True)


@pytest.mark.parametrize(
    ("options", "workspace"),
    [
        (["orders.csv"], "passend-workspace"),
        (["--workspace", "my shop", "orders.csv"], "my shop"),
        (["orders.csv", "--workspace=my=shop"], "my=shop"),
        (["-w", "shop", "--set", "engine.threads=1"], "shop"),
    ],
)
def test_the_workspace_of_a_run_is_found(options, workspace):
    assert dev.workspace_of(options) == Path(workspace)


def test_the_newest_report_since_the_start_is_shown(tmp_path):
    assert dev.newest_report(tmp_path / "none", 0) is None
    (tmp_path / "report.html").write_text("<html>")
    assert dev.newest_report(tmp_path, 0) == (tmp_path / "report.html").resolve()
    assert dev.newest_report(tmp_path, 1e12) is None


# --- the installation


@pytest.fixture
def house(monkeypatch, tmp_path):
    """A clone without anything installed; `watched` holds what would have been run."""
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(dev, "STAMP", tmp_path / ".venv" / "stamp.json")
    watched = []

    def make_venv():
        Path(dev.python()).parent.mkdir(parents=True, exist_ok=True)
        Path(dev.python()).touch()

    monkeypatch.setattr(dev, "make_venv", make_venv)
    monkeypatch.setattr(dev, "watch", lambda _what, command: watched.append(command))
    return tmp_path, watched


def test_the_second_installation_does_nothing(house):
    _, watched = house
    dev.install(("dev",))
    first = len(watched)
    dev.install(("dev",))
    dev.install(())
    assert first == len(watched) == 2


def test_new_extras_are_added_to_the_old_ones(house):
    root, watched = house
    dev.install(("dev",))
    dev.install(("docs",))
    assert watched[-1][-1] == f"{root}[dev,docs]"


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_changed_pins_or_requirements_install_anew(house, name):
    root, watched = house
    dev.install(("dev",))
    with (root / name).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    dev.install(("dev",))
    assert len(watched) == 4


def test_line_ends_of_windows_do_not_install_anew(house):
    root, _ = house
    before = dev.fingerprint()
    (root / "constraints.txt").write_bytes((root / "constraints.txt").read_bytes().replace(b"\n", b"\r\n"))
    assert dev.fingerprint() == before


def test_an_interrupted_installation_is_taken_up_again(house, monkeypatch):
    _, watched = house

    def interrupted(_what, _command):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(dev, "watch", interrupted)
        with pytest.raises(KeyboardInterrupt):
            dev.install(("dev",))
    dev.install(("dev",))
    assert len(watched) == 2


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"fingerprint": "x"}', "\x00"])
def test_a_damaged_stamp_counts_as_no_installation(tmp_path, content):
    stamp = tmp_path / "stamp.json"
    stamp.write_text(content)
    assert dev.installed_extras(stamp, "x") is None


def test_everything_is_installed_at_the_pinned_versions(house):
    root, watched = house
    dev.install(dev.TEST_EXTRAS)
    assert all(command[command.index("-c") + 1] == str(root / "constraints.txt") for command in watched)


# --- what people are told


def test_an_old_python_is_told_what_is_needed():
    with pytest.raises(dev.Trouble, match=r"This is Python 3\.9; passend needs 3\.11 or newer"):
        dev.require_python((3, 9))
    dev.require_python((3, 11))


def test_a_python_without_venv_is_told_the_name_of_the_debian_package(monkeypatch, tmp_path):
    monkeypatch.setattr(dev, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(dev.Trouble, match=rf"apt install python3\.{sys.version_info.minor}-venv"):
        dev.make_venv()


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("WARNING: Retrying ... Failed to establish a new connection: [Errno -3]", "Check network"),
        ("Temporary failure in name resolution", "Check network"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("The virtual environment was not created because ensurepip is not available", "python3-venv"),
        ("ERROR: Package 'numpy' requires a different Python: 3.20.0 not in '>=3.11'", "3.11, 3.12 or 3.13"),
        ("ERROR: something nobody has seen", "Delete the folder .venv"),
    ],
)
def test_a_failed_installation_says_what_to_do(output, advice):
    told = dev.failure("Installing passend", output)
    assert output in told
    assert advice in told


def test_a_long_job_shows_its_output_only_when_it_fails(capfd):
    dev.watch("Working", [sys.executable, "-c", "print('chatter')"])
    said = capfd.readouterr()
    assert "chatter" not in said.out + said.err
    assert "Working" in said.err  # and nothing of it where a machine reads
    assert said.out == ""
    with pytest.raises(dev.Trouble, match="chatter"):
        dev.watch("Working", [sys.executable, "-c", "print('chatter'); raise SystemExit(3)"])


def test_the_demo_that_serves_tells_what_to_open_first_and_the_keys_of_the_demo():
    said = dev.opened("http://127.0.0.1:8300").splitlines()
    assert said[3] == "  http://127.0.0.1:8300/"
    assert any("without a password" in line for line in said)
    assert any(line.endswith(DEMO_SECRET) for line in said)
    assert any(f" {DEMO_PUBLIC} " in line for line in said)


def told(*words, **variables):
    """What dev.py says in a Python without any package, on a computer with these variables."""
    plain = {name: value for name, value in os.environ.items() if name not in SPEAKING}
    command = [sys.executable, "-S", "-I", str(ROOT / "dev.py"), *words]
    return subprocess.run(
        command, env={**plain, "PYTHONIOENCODING": "utf-8", **variables}, capture_output=True, check=False
    ).stdout.decode()


SPEAKING = {"PASSEND_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANGUAGE", "LANG"}


@pytest.mark.parametrize(
    ("words", "variables"),
    [((), {"LANG": "de_DE.UTF-8"}), ((), {"LANGUAGE": "de"}), (("--help", "--language", "de"), {})],
)
def test_dev_speaks_german_before_anything_is_installed(words, variables):
    said = told(*words, **variables)
    assert "einen Beispielladen anlegen" in said
    assert "make a sample shop" not in said


def test_dev_speaks_english_elsewhere():
    assert "make a sample shop" in told(LANG="fr_FR.UTF-8")
    assert "Did you mean demo?" in told("demi")


def test_what_dev_starts_speaks_the_language_that_is_named(monkeypatch):
    monkeypatch.setenv("PASSEND_LANGUAGE", "en")
    dev.speak(["demo", "--language=de"])
    try:
        assert os.environ["PASSEND_LANGUAGE"] == "de"
        assert dev.say("Which file?") == "Welche Datei?"
    finally:
        dev.speak(["--language", "en"])


def test_a_python_that_is_too_old_for_messages_is_told_in_english(monkeypatch):
    monkeypatch.setenv("PASSEND_LANGUAGE", "en")  # is put back at the end
    monkeypatch.setattr(dev, "language", lambda: None)
    dev.speak(["--language", "de"])
    assert dev.say("done in {seconds} s", seconds=3) == "done in 3 s"


@pytest.mark.parametrize("changes", [True, False])
def test_a_demo_of_another_shop_begins_anew(monkeypatch, tmp_path, changes):
    workspace = tmp_path / "demo" / "workspace"
    workspace.mkdir(parents=True)
    sample = tmp_path / "demo" / "orders.csv"
    sample.write_text("English")

    def call(*words, cwd=None):
        if words[1] == "passend.market.demo" and changes:
            sample.write_text("Deutsch")
        return 0

    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "install", lambda _extras: None)
    monkeypatch.setattr(dev, "call", call)
    assert dev.demo(["--no-open"]) == 0
    assert workspace.exists() is not changes


def test_dev_runs_from_another_folder(tmp_path):
    command = [sys.executable, str(ROOT / "dev.py"), "--help"]
    assert b"dev.py demo" in subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout


def test_dev_needs_nothing_but_the_standard_library():
    code = (ROOT / "dev.py").read_text("utf-8")
    modules = set(re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE)) - {"__future__"}
    assert modules <= set(sys.stdlib_module_names)


# --- the files around the package


def text_files():
    """Every text file that is, or could be, committed, with its content."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else map(str, ROOT.rglob("*"))
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file() and not {".venv", "__pycache__", ".git"} & set(path.parts):
            content = path.read_bytes()
            if b"\0" not in content:
                # An order file of a test may be in another encoding, as files of shops are.
                yield path.relative_to(ROOT), content.decode("utf-8", "replace")


# With brackets around a letter, so that this file does not hold what it forbids.
REGISTRIES = (
    r"pyp[i]\.org|pythonhoste[d]\.org|registry\.npmj[s]|deb\.debia[n]\.org|repo1?\.mave[n]\.org|crate[s]\.io"
)
OPTIONS = r"-inde[x]-url|--find-link[s]|/opt/whee[l]s|/opt/py[p]i"
FORBIDDEN = {
    "the address of a package registry": re.compile(f"{REGISTRIES}|{OPTIONS}"),
    "an absolute path of one machine": re.compile(
        r"(?<![\w.$}~-])/(?:wor[k]|roo[t]|home/[a-z]+|Users/[a-z]+)/"
    ),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what):
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, content in text_files()
        for number, line in enumerate(content.splitlines(), 1)
        if FORBIDDEN[what].search(line)
    ]
    assert not found, f"{what}:\n" + "\n".join(found)


def test_constraints_hold_names_and_versions_only():
    pin = re.compile(r"[a-z0-9][a-z0-9.-]*==[0-9][0-9a-z.]*( ; [a-z_]+ (?:[<>=!]=?|==) '[\w.]+')?")
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not pin.fullmatch(line)] == []
    names = [line.split("==")[0] for line in lines]
    assert names == sorted(names)


def test_every_direct_dependency_is_pinned():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [name for group in project["optional-dependencies"].values() for name in group]
    names = {
        re.split(r"[\[<>=]", name)[0].lower()
        for name in (*project["dependencies"], *extras, *dev.BUILD_TOOLS)
    }
    pinned = {line.split("==")[0] for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()}
    assert sorted(names - pinned) == []


@pytest.mark.parametrize("name", ["README.md", "README.de.md", "CONTRIBUTING.md"])
def test_the_commands_that_people_are_told_exist(name):
    commands = re.findall(r"dev\.py (\w+)", (ROOT / name).read_text("utf-8"))
    assert commands
    assert set(commands) <= set(dev.COMMANDS)


def test_ci_runs_the_commands_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert '"$python" dev.py test' in script
    assert '"$python" dev.py check' in script
    assert "PASSEND_REQUIRE_ALL=1" in script
