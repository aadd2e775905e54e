"""People who may log in, from the command line."""

import json

from click.testing import CliRunner

from passend.cli import cli
from passend.flow.access.users import knows_password
from passend.store import open_store


def call(folder, *words: str, said: str = "") -> str:
    """What a command prints."""
    done = CliRunner().invoke(cli, ["users", *words, "-w", str(folder)], input=said)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def test_a_person_is_let_in_given_a_new_password_and_locked_out(tmp_path) -> None:
    call(tmp_path, "add", "Anna@shop.example", "--role", "manager", said="three odd words\n")
    listed = json.loads(call(tmp_path, "list", "--json"))
    assert [(one["name"], one["role"]) for one in listed] == [("anna@shop.example", "manager")]
    call(tmp_path, "password", "anna@shop.example", "--password", "three other words")
    with open_store(tmp_path) as store:
        assert knows_password(store, "anna@shop.example", "three odd words") is None
        assert knows_password(store, "anna@shop.example", "three other words")
        call(tmp_path, "disable", "anna@shop.example")
        assert knows_password(store, "anna@shop.example", "three other words") is None
