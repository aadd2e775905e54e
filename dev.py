#!/usr/bin/env python3
"""Everything a user or developer of passend starts with, on nothing but Python 3.11 or newer.

    python3 dev.py        tells the commands

It speaks English or German, as the computer does or as `--language` says. What is needed is installed into the folder
.venv beside this file, once; nothing else is touched.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
import webbrowser
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "passend-installed.json"
#: How each command is called, and what it does.
USAGE = {
    "demo": "make a sample shop, run passend on it, open the report",
    "demo --serve": "the same, then serve it, with its days passing, until Ctrl-C",
    "demo --campaign": "a campaign in that shop, from first contact to verdict, with the truth beside it",
    "run FILE...": "the same for your own orders; options go on to `passend run`",
    "test [ARGS]": "the tests; arguments go on to pytest",
    "check": "style, types, direction of imports, docs",
    "fix": "format, mend what can be mended, regenerate the reference pages",
    "bench [ROOM]": "the benchmarks, going on where they were stopped; --json, --anew",
    "mutate [PATH]": "which small errors in the source would no test notice? --most, --seed",
    "docs": "the documentation at http://127.0.0.1:8000",
}
BUILD_TOOLS = ("hatchling", "editables", "setuptools")
TEST_EXTRAS = ("dev", "postgres", "spark")
CHECKS = {
    "style (ruff check)": ["-m", "ruff", "check", "--output-format", "concise", "."],
    "format (ruff format)": ["-m", "ruff", "format", "--check", "--output-format", "concise", "."],
    "types (mypy)": ["-m", "mypy"],
    "direction of imports": ["-c", "from importlinter.cli import lint_imports_command as lint; lint()"],
    "messages are translated": ["-m", "translations", "--check"],
    "reference pages are fresh": ["docs/generate.py", "--check"],
    "documentation (mkdocs)": ["-m", "mkdocs", "--quiet", "build", "--strict"],
}
DEMO_PORT = 8300
#: Further files of the demo that is served.
PEOPLE = ("customers.csv", "consents.csv")
#: Of a server and of a page: those of `passend.flow.serving.keys`, which a test compares.
DEMO_KEYS = ("sk_demo-passend-demo", "pk_demo-passend-demo")
#: Signs in the output of an installation that failed, and what to do.
ADVICE = {
    "no space left": "The disk is full: about 2 GB are needed.",
    "ensurepip": "Install Python's part for virtual environments: sudo apt install python3-venv",
    "connect": "The packages could not be fetched. Check network and proxy, then start again.",
    "name resolution": "The packages could not be fetched. Check network and proxy, then start again.",
    "timed out": "The packages could not be fetched in time. Check the network, then start again.",
    "different python": "A package does not know this Python yet or any more; take 3.11, 3.12 or 3.13.",
    "": "Delete the folder .venv and start again; if that does not help, report the lines above.",
}


def todo(what: str, remedy: str) -> str:
    """What is wrong, and what to do."""
    return f"{what}\n  {say('What to do:')} {remedy}"


class Trouble(Exception):
    """Something that the person at the keyboard can put right; the message says how."""


def language() -> ModuleType | None:
    """What passend says its messages with, which needs nothing installed; none where this Python is too old for it."""
    if str(ROOT / "src") not in sys.path:
        sys.path.insert(0, str(ROOT / "src"))
    try:
        return importlib.import_module("passend.language")
    except (ImportError, SyntaxError, TypeError, AttributeError):
        return None


def say(message: str, **places: object) -> str:
    """A message in the language that is spoken, with texts in its places."""
    texts = {name: str(value) for name, value in places.items()}
    speaks = language()
    if speaks:
        return str(speaks.phrase(message, **texts))
    for name, text in texts.items():
        message = message.replace(f"{{{name}}}", text)
    return message


def speak(arguments: list[str]) -> None:
    """Speak the language that the arguments name, else the computer's; so does whatever is started from here."""
    words = dict(itertools.pairwise(part for word in arguments for part in word.split("=", 1)))
    if words.get("--language") in ("de", "en"):
        os.environ["PASSEND_LANGUAGE"] = words["--language"]
    speaks = language()
    if speaks:
        speaks.speak(speaks.usual_language())


def help_text() -> str:
    """What there is to do."""
    width = max(map(len, USAGE)) + 3
    told = {usage.replace("FILE", say("FILE")): say(does) for usage, does in USAGE.items()}
    lines = [f"    python3 dev.py {usage:{width}} {does}" for usage, does in told.items()]
    return "\n".join(
        (
            say(
                "Everything a user or developer of passend starts with, on nothing but Python 3.11 or newer."
            ),
            "",
            *lines,
            "",
            say("Add --language de or --language en to demo and run, to choose the language."),
            say(
                "What is needed is installed into the folder .venv beside this file, once; nothing else is touched."
            ),
        )
    )


def demo(arguments: list[str]) -> int:
    """A sample shop, the main job on it, and the report; or a campaign in it."""
    if "--campaign" in arguments:
        return rehearse([word for word in arguments if word not in ("--campaign", "--no-open")])
    is_alive = "--serve" in arguments
    arguments = [word for word in arguments if word != "--serve"]
    options = [word for word in arguments if word != "--no-open"]
    install((*extras_for(options), *(("serve",) if is_alive else ())))
    sample = ROOT / "demo" / "orders.csv"
    workspace = sample.parent / "workspace"
    sample.parent.mkdir(exist_ok=True)
    before = content(sample)
    # Served, the shop has campaigns: they need people and their consents.
    files = [str(sample), *(str(sample.with_name(name)) for name in PEOPLE if is_alive)]
    if call("-m", "passend.market.demo", *files):
        raise Trouble(say("The sample could not be made; the lines above say why."))
    if before != content(sample):  # another language or first day: another shop
        shutil.rmtree(workspace, ignore_errors=True)
    quiet = ["--no-open"] if is_alive and "--no-open" not in arguments else []  # the pages open instead
    code = run([*files, "--workspace", str(workspace), "--yes", *arguments, *quiet])
    if is_alive and not code:  # the first page says where the shop stands
        call("-m", "passend", "letter", "--workspace", str(workspace), "--quiet")
    return code or (alive(workspace, opens="--no-open" not in arguments) if is_alive else 0)


def content(file: Path) -> bytes | None:
    """What a file holds; none where it is not there."""
    return file.read_bytes() if file.exists() else None


def rehearse(options: list[str]) -> int:
    """Play a campaign in the sample shop, in a workspace of its own."""
    install(extras_for(options))
    folder = ROOT / "demo" / "rehearsal"
    shutil.rmtree(folder, ignore_errors=True)
    size = ["--change", "customers.number=8000"]
    return call("-m", "passend", "market", "rehearse", str(folder), *size, *options)


def alive(workspace: Path, *, opens: bool) -> int:
    """Serve the sample shop, and let its days pass beside it, until Ctrl-C."""
    words = [python(), "-m", "passend", "serve", "--demo", "--workspace", str(workspace)]
    log = workspace.parent / "serve.log"
    with (
        log.open("w", encoding="utf-8") as lines,
        subprocess.Popen([*words, "--set", f"serve.port={DEMO_PORT}"], cwd=ROOT, stderr=lines) as server,
    ):
        address = f"http://127.0.0.1:{DEMO_PORT}"
        print(opened(address), flush=True)
        if opens and has_screen(dict(os.environ), interactive=sys.stdout.isatty()):
            threading.Thread(target=open_when_ready, args=(address,), daemon=True).start()
        try:
            return call(
                "-m", "passend.market.alive", address, "--folder", str(workspace.parent), cwd=ROOT
            ) or (server.poll() or 0)
        except KeyboardInterrupt:
            return 0
        finally:
            server.terminate()


def opened(address: str) -> str:
    """What the demo that serves says: what to open first, then the doors for programs."""
    server, page = DEMO_KEYS
    doors = {say("the interface"): f"{address}/openapi.json", say("key of a server"): server}
    doors[say("key of a page")] = f"{page}   ({say('from {address} alone', address=address)})"
    width = max(map(len, doors)) + 2
    return "\n".join(
        (
            "",
            say("The bicycle shop is open. Open this address in your browser:"),
            "",
            f"  {address}/",
            "",
            say("You are logged in without a password, as 'demo'; this works on this computer alone."),
            say("The shop's days pass, one every two seconds; Ctrl-C closes it."),
            "",
            say("For developers:"),
            *(f"  {name:{width}}{door}" for name, door in doors.items()),
            "",
            f'  curl -X POST {address}/v1/recommendations -H "Authorization: Bearer {server}" \\',
            """       -d '{"cart": ["1005"], "limit": 3, "explain": true}'""",
            "",
        )
    )


def open_when_ready(address: str, seconds: float = 120.0) -> None:
    """Open the pages in the browser as soon as the server answers."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/ready", timeout=5) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    webbrowser.open(address)
                    return
        except OSError:
            time.sleep(0.3)


def run(arguments: list[str]) -> int:
    """The main job on the user's own files, and the report."""
    options = [word for word in arguments if word != "--no-open"]
    if not options:
        raise Trouble(todo(say("Which file?"), say("name it, for example: python3 dev.py run orders.csv")))
    install(extras_for(options))
    began = time.time()
    code = call("-m", "passend", "run", *options)
    report = (
        None
        if {"--json", "--quiet", "--no-open"} & set(arguments)
        else newest_report(workspace_of(options), began)
    )
    if report and not code and has_screen(dict(os.environ), interactive=sys.stdout.isatty()):
        print(say("Opening the report in your browser ..."))
        webbrowser.open(report.as_uri())
    return code


def test(arguments: list[str]) -> int:
    """The tests, on all cores, with the reason of every skip."""
    install(TEST_EXTRAS)
    return call("-m", "pytest", *pytest_options(arguments), cwd=ROOT)


def check(_: list[str]) -> int:
    """Everything a commit must pass beside the tests; all of it, even when one part fails."""
    install(("dev", "docs"))
    failed = [name for name, command in CHECKS.items() if not passes(name, command)]
    print()
    print(say("{passed} of {all} checks passed.", passed=len(CHECKS) - len(failed), all=len(CHECKS)))
    if failed:
        print(say("`python3 dev.py fix` mends most of style, format and reference pages."))
    return 1 if failed else 0


def fix(_: list[str]) -> int:
    """Mend what a machine can mend; fails where something is left to do by hand."""
    install(("dev",))
    call("-m", "ruff", "check", "--fix", "--exit-zero", "--quiet", ".", cwd=ROOT)
    steps = (
        ("-m", "ruff", "format", "."),
        ("-m", "translations"),
        ("docs/generate.py",),
        ("-m", "ruff", "check", "."),
    )
    return max(call(*step, cwd=ROOT) for step in steps)


def bench(arguments: list[str]) -> int:
    """The benchmarks of one room, or of all."""
    install(TEST_EXTRAS)
    return call("-m", "benchmarks", *arguments, cwd=ROOT)


def mutate(arguments: list[str]) -> int:
    """Small errors in a copy of the source, and whether the nearest tests notice them."""
    install(TEST_EXTRAS)
    return call("-m", "mutations", *arguments, cwd=ROOT)


def docs(arguments: list[str]) -> int:
    """The documentation, built anew whenever a page changes."""
    install(("docs",))
    return call("docs/generate.py", cwd=ROOT) or call("-m", "mkdocs", "serve", *arguments, cwd=ROOT)


COMMANDS = {
    "demo": demo,
    "run": run,
    "test": test,
    "check": check,
    "fix": fix,
    "bench": bench,
    "mutate": mutate,
    "docs": docs,
}


def extras_for(options: list[str]) -> tuple[str, ...]:
    """The optional parts that a run needs: a driver for a PostgreSQL address, Spark when it is asked for."""
    text = " ".join(options).replace("=", " ").replace("engine.name", "engine")
    postgres = any(word.startswith("postgres") and "://" in word for word in options)
    return (*(["postgres"] if postgres else []), *(["spark"] if "engine spark" in text else []))


def workspace_of(options: list[str]) -> Path:
    """The workspace that `passend run` will use."""
    words = [part for word in options for part in word.split("=", 1)]
    follows = dict(itertools.pairwise(words))
    return Path(follows.get("--workspace") or follows.get("-w", "passend-workspace"))


def newest_report(workspace: Path, began: float) -> Path | None:
    """The report that was written since a time, if any."""
    pages = [page for page in workspace.rglob("*.html") if page.stat().st_mtime >= began - 1]
    return max(pages, key=lambda page: page.stat().st_mtime).resolve() if pages else None


def has_screen(environment: dict[str, str], *, interactive: bool) -> bool:
    """Whether a person sits before a screen on which a browser can open."""
    screen = sys.platform in ("win32", "darwin") or {"DISPLAY", "WAYLAND_DISPLAY"} & set(environment)
    return bool(screen) and interactive and not environment.get("CI")


def pytest_options(arguments: list[str]) -> list[str]:
    """On all cores with whole groups together, unless the arguments say otherwise."""
    chosen = any(word.startswith(("-n", "--numprocesses", "--pdb")) for word in arguments)
    return [*([] if chosen else ["-n", "auto", "--dist", "loadgroup"]), *arguments]


def require_python(version: tuple[int, ...]) -> None:
    """Raise on a Python that is too old."""
    if version < (3, 11):
        found = say(
            "This is Python {version}; passend needs 3.11 or newer.", version=".".join(map(str, version))
        )
        raise Trouble(
            todo(found, say("install a newer Python and start dev.py with it, e.g. python3.11 dev.py demo"))
        )


def python() -> str:
    """The Python of the virtual environment."""
    return str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def fingerprint() -> str:
    """Changes when the installation must be looked at again: other pins or packages, or the folder moved."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def installed_extras(stamp: Path, wanted: str) -> set[str] | None:
    """The extras that were installed for this fingerprint, or None where there is no such installation."""
    try:
        content = json.loads(stamp.read_text("utf-8"))
        return set(content["extras"]) if content["fingerprint"] == wanted else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def install(extras: tuple[str, ...]) -> None:
    """Make .venv hold the package and these extras; returns at once where it already does."""
    wanted = fingerprint()
    present = installed_extras(STAMP, wanted)
    if present is not None and present >= set(extras) and Path(python()).exists():
        return
    make_venv()
    STAMP.unlink(missing_ok=True)
    everything = sorted(set(extras) | (present or set()))
    listed = ",".join(everything)
    pip = [
        python(),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--progress-bar",
        "off",
    ]
    pip += ["-c", str(ROOT / "constraints.txt")]
    watch(say("Installing the build tools"), [*pip, *BUILD_TOOLS])
    package = [*pip, "--no-build-isolation", "-e", f"{ROOT}[{listed}]" if listed else str(ROOT)]
    what = say("Installing passend with {extras}", extras=listed) if listed else say("Installing passend")
    watch(f"{what} ({say('a few minutes the first time')})", package)
    STAMP.write_text(json.dumps({"fingerprint": wanted, "extras": everything}), "utf-8")


def make_venv() -> None:
    """Make the virtual environment; anew where it does not work (interrupted, or its Python is gone)."""
    works = [python(), "-m", "pip", "--version"]
    if Path(python()).exists() and subprocess.run(works, capture_output=True, check=False).returncode == 0:
        return
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        package = f"python3.{sys.version_info.minor}-venv"
        raise Trouble(
            todo(
                say(
                    "This Python cannot make virtual environments: its parts 'venv' and 'ensurepip' are missing."
                ),
                say("on Debian and Ubuntu: sudo apt install {package}", package=package),
            )
        )
    if VENV.exists():
        shutil.rmtree(VENV)
    watch(say("Making the virtual environment .venv"), [sys.executable, "-m", "venv", str(VENV)])


def call(*words: str, cwd: Path | None = None) -> int:
    """Run the environment's Python with this terminal as its own; returns its exit code."""
    sys.stdout.flush()
    return subprocess.run([python(), *words], cwd=cwd, check=False).returncode


def passes(name: str, words: list[str]) -> bool:
    """Run one check; prints a tick, or a cross and what it said."""
    done = subprocess.run([python(), *words], cwd=ROOT, capture_output=True, check=False)
    good = done.returncode == 0
    fancy = (sys.stdout.encoding or "").lower().startswith("utf")
    print(("\u2713" if good else "\u2717") if fancy else ("ok" if good else "FAILED"), name, flush=True)
    if not good:
        print((done.stdout + done.stderr).decode("utf-8", "replace").strip(), flush=True)
    return good


def watch(what: str, command: list[str]) -> None:
    """Run a long program and show that it lives (on stderr: what follows may be read by a machine)."""
    print(f"{what} ...", file=sys.stderr, flush=True)
    began, lines, terminal = time.monotonic(), [""], sys.stderr.isatty()
    none, pipe, same = subprocess.DEVNULL, subprocess.PIPE, subprocess.STDOUT
    with subprocess.Popen(
        command, stdin=none, stdout=pipe, stderr=same, encoding="utf-8", errors="replace"
    ) as process:
        reader = threading.Thread(target=lines.extend, args=(process.stdout or (),), daemon=True)
        reader.start()
        while process.poll() is None:
            if terminal:
                says = next((line.strip()[:60] for line in lines[::-1] if not line.startswith("WARN")), "")
                print(
                    f"\r  {time.monotonic() - began:4.0f} s  {says:60}", end="", file=sys.stderr, flush=True
                )
            time.sleep(0.25)
        reader.join()
    if process.returncode:
        raise Trouble(failure(what, "".join(lines[-30:])))
    start, rest = ("\r", " " * 60) if terminal else ("", "")
    done = say("done in {seconds} s", seconds=f"{time.monotonic() - began:.0f}")
    print(f"{start}  {done}{rest}", file=sys.stderr, flush=True)


def failure(what: str, output: str) -> str:
    """What went wrong with an installation, and what to do."""
    advice = next(words for sign, words in ADVICE.items() if sign in output.lower())
    return f"{output.rstrip()}\n\n{todo(say('{what}: failed.', what=what), say(advice))}"


def unknown(command: str) -> str:
    """That a command is not known, and which are."""
    wrong = say(
        "There is no command '{command}', only: {commands}", command=command, commands=", ".join(COMMANDS)
    )
    near = difflib.get_close_matches(command, COMMANDS, n=1)
    return wrong + ("\n" + say("Did you mean {possibility}?", possibility=near[0]) if near else "")


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    speak(arguments)
    if not arguments or arguments[0] not in COMMANDS:
        asked = not arguments or arguments[0] in ("-h", "--help", "help")
        named = arguments[0] if arguments else ""
        print(help_text() if asked else unknown(named))
        return 0 if asked else 2
    try:
        require_python(sys.version_info[:2])
        return COMMANDS[arguments[0]](arguments[1:])
    except Trouble as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{say('Stopped.')}", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
