"""``passend`` as people and scripts call it, in this process: what it prints, and its exit code.

Starting Python and loading the libraries takes longer than most commands. That a real process does the same is the
matter of test_commands.py and test_start.py.
"""

import io
import os
import subprocess
import sys
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from unittest import mock

from passend.cli import main


def passend(*arguments: str, ok: bool = True) -> subprocess.CompletedProcess[str]:
    """Call the command line; ``ok`` demands exit code 0."""
    said, told, code = io.StringIO(), io.StringIO(), None
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(said))
        stack.enter_context(redirect_stderr(told))
        stack.enter_context(mock.patch.object(sys, "argv", ["passend", *arguments]))
        stack.enter_context(mock.patch.object(sys, "stdin", stack.enter_context(open(os.devnull))))  # noqa: PTH123
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    done = subprocess.CompletedProcess(list(arguments), int(code or 0), said.getvalue(), told.getvalue())
    if ok:
        assert done.returncode == 0, done.stderr
    return done


def passend_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own, which must end well."""
    done = subprocess.run(
        [sys.executable, "-m", "passend", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
    return done
