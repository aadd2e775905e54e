"""``passend users``: people who may log in to the pages; the way back in where a password is forgotten."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import click

from passend.cli.campaigns_at_work import done_with, who_option
from passend.cli.console import Command, open_workspace, print_json, print_table, workspace_options
from passend.errors import MissingPart
from passend.language import phrase, word


@click.group("users")
def users_command() -> None:
    """Let people in to the pages, list them, give them new passwords, and lock them out."""


def _password_option(command: Command) -> Command:
    return click.option(
        "--password", prompt=True, hide_input=True, help="At least 10 characters; asked for if not given."
    )(command)


@users_command.command("add")
@click.argument("name")
@click.option("--role", default="viewer", show_default=True, help="viewer, staff, manager or administrator.")
@_password_option
@who_option
@workspace_options
def add_command(
    name: str, role: str, password: str, who: str, workspace: Path, overrides: Sequence[str], *, as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Let NAME in."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now

    users = _users()
    with campaigns_of(place) as store:
        made = users.add_user(store, name, password, role, who=who, now=utc_now())
    says = phrase("{name} may log in as {role:w}.", name=made.name, role=made.role)
    done_with({"name": made.name, "role": made.role}, says, as_json=as_json, quiet=quiet)


@users_command.command("list")
@workspace_options
def list_command(workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """List who may log in."""
    del quiet
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of

    with campaigns_of(place) as store:
        found = _users().list_users(store)
    if as_json:
        print_json(found)
        return
    rows = [
        (one["name"], word(one["role"]), str(one["created_at"])[:16], str(one["disabled_at"] or "")[:16])
        for one in found
    ]
    print_table("People", ("name", "role", "made (UTC)", "ends (UTC)"), rows)


@users_command.command("password")
@click.argument("name")
@_password_option
@who_option
@workspace_options
def password_command(
    name: str,
    password: str,
    who: str,
    workspace: Path,
    overrides: Sequence[str],
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Give NAME a new password, and log them out everywhere."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now

    with campaigns_of(place) as store:
        _users().set_password(store, name, password, who=who, now=utc_now())
    says = phrase("{name} has a new password.", name=name)
    done_with({"name": name}, says, as_json=as_json, quiet=quiet)


@users_command.command("disable")
@click.argument("name")
@who_option
@workspace_options
def disable_command(
    name: str, who: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Lock NAME out, and log them out everywhere."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now

    with campaigns_of(place) as store:
        _users().disable_user(store, name, who=who, now=utc_now())
    says = phrase("{name} is locked out.", name=name)
    done_with({"name": name}, says, as_json=as_json, quiet=quiet)


def _users() -> ModuleType:
    """What keeps passwords, which is part of an extra."""
    try:
        from passend.flow.access import users
    except ModuleNotFoundError as problem:
        raise MissingPart(
            "What serves over HTTP is not installed.", remedy="Install it: pip install passend[serve]"
        ) from problem
    return users
