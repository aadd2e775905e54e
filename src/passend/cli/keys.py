"""``passend keys``: make, list, change and end the keys of the interface."""

from collections.abc import Sequence
from pathlib import Path

import click

from passend.cli.campaigns_at_work import done_with, who_option
from passend.cli.console import open_workspace, out, print_json, print_table, workspace_options
from passend.language import phrase, word


@click.group("keys")
def keys_command() -> None:
    """Make, list, change and end the keys by which shops and programs are let in."""


@keys_command.command("new")
@click.argument("name")
@click.option("--role", default="", help="shop, viewer, staff, manager or administrator.")
@click.option("--scope", "scopes", multiple=True, help="What it may do; may be given more than once.")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    help="Page that may use it, e.g. https://shop.example: a public key.",
)
@who_option
@workspace_options
def new_command(
    name: str, role: str, scopes: Sequence[str], origins: Sequence[str], who: str, workspace: Path,
    overrides: Sequence[str], *, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Make a key. It is shown now and never again."""
    del quiet
    place = open_workspace(workspace, overrides)
    from passend.channels.links.signing import signer_of
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.serving.keys import PUBLIC, ROLES, make_key
    from passend.flow.serving.signed_customers import signing_secret

    wanted = scopes or (PUBLIC if origins else ROLES.get(role, ()))
    with campaigns_of(place) as store:
        made = make_key(store, name, wanted, who, utc_now(), origins=origins)
    told = {"id": made.key.id, "secret": made.secret, "scopes": sorted(made.key.scopes)}
    if origins:
        told["signing_secret"] = signing_secret(signer_of(place.folder), made.key.id)
    if as_json:
        print_json(told)
        return
    out.print(
        phrase("Key {id}, shown once: {secret}", id=made.key.id, secret=made.secret),
        markup=False,
        soft_wrap=True,
    )
    if origins:
        secret = str(told["signing_secret"])
        says = phrase("Sign customers on the shop's server with: {secret}", secret=secret)
        out.print(says, markup=False, soft_wrap=True)


@keys_command.command("list")
@workspace_options
def list_command(workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """List the keys, without their secrets."""
    del quiet
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of
    from passend.flow.serving.keys import list_keys

    with campaigns_of(place) as store:
        found = list_keys(store)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            one["id"], one["name"], one["kind"], " ".join(map(str, one["scopes"])),  # type: ignore[call-overload]
            " ".join(map(str, one["origins"])), str(one["created_at"])[:16],  # type: ignore[call-overload]
            str(one["revoked_at"] or one["expires_at"] or "")[:16],
        )
        for one in found
    ]  # fmt: skip
    print_table("Keys", ("number", "name", "kind", "scopes", "pages", "made (UTC)", "ends (UTC)"), rows)


@keys_command.command("rotate")
@click.argument("number")
@who_option
@workspace_options
def rotate_command(
    number: str, who: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Make a new key in place of one, which still holds for a day."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.serving.keys import rotate_key

    with campaigns_of(place) as store:
        made = rotate_key(store, number, who, utc_now())
    says = phrase("Key {id}, shown once: {secret}", id=made.key.id, secret=made.secret)
    done_with({"id": made.key.id, "secret": made.secret}, says, as_json=as_json, quiet=quiet)


@keys_command.command("revoke")
@click.argument("number")
@who_option
@workspace_options
def revoke_command(
    number: str, who: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """End a key at once."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of, utc_now
    from passend.flow.serving.keys import revoke_key

    with campaigns_of(place) as store:
        revoke_key(store, number, who, utc_now())
    done_with({"revoked": number}, word("It opens nothing any more."), as_json=as_json, quiet=quiet)
