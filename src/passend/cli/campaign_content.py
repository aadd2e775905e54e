"""``passend campaigns recipes``, ``test-mail``, ``codes``, ``preflight``: what campaigns say, and mails to oneself."""

from collections.abc import Sequence
from pathlib import Path

import click

from passend.cli.campaigns_at_work import done_with
from passend.cli.console import Talk, open_workspace, out, print_json, print_table, workspace_options
from passend.language import chosen, phrase, word


@click.command("recipes")
@click.argument("recipe", default="")
@click.option("--name", default="", help="Name of the campaign; default: the recipe's.")
@click.option("--anchor", default="", help="Whose buyers are meant: words of a category or of product names.")
@click.option("--offer", default="", help="What is offered: words of a category or of product names.")
@workspace_options
def recipes_command(
    recipe: str, name: str, anchor: str, offer: str, workspace: Path, overrides: Sequence[str],
    *, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """List campaigns to begin with, or print one: passend campaigns recipes cart > campaigns/cart.yaml."""
    del quiet
    place = open_workspace(workspace, overrides, needs="products" if anchor or offer else "")
    from passend.campaigns.recipes import recipe_of, recipes
    from passend.flow.campaigns.fitting_recipes import fitted

    spoken = chosen()
    if recipe:
        text = fitted(place, recipe_of(recipe), spoken, name=name, anchor=anchor, offer=offer)
        if as_json:
            print_json({"campaign": text})
        else:
            click.echo(text, nl=False)
        return
    if as_json:
        print_json(
            [
                {
                    "recipe": one.key,
                    "for": one.trade,
                    "title": one.titles[spoken],
                    "about": one.abouts[spoken],
                }
                for one in recipes()
            ]
        )
        return
    rows = [
        (
            one.key,
            word(one.trade),
            one.titles[spoken],
            one.abouts[spoken],
            " ".join(f"--{key}" for key in one.products),
        )
        for one in recipes()
    ]
    print_table("Recipes", ("recipe", "for", "title", "what it does", "takes"), rows)
    out.print(word("Take one: passend campaigns recipes cart > campaigns/cart.yaml"), markup=False)


@click.command("test-mail")
@click.argument("name")
@click.argument("address")
@workspace_options
def test_mail_command(
    name: str, address: str, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Send the first mail of campaign NAME to ADDRESS, as its first customer would read it. It counts as no contact."""
    place = open_workspace(workspace, overrides, needs="customer_facts")
    from passend.errors import InvalidCampaign
    from passend.flow.campaigns.opening import campaigns_of, draft_of, hold_out_of, utc_now
    from passend.flow.campaigns.planning import preview
    from passend.flow.campaigns.wording import examples_shown, send_test

    with campaigns_of(place) as store:
        draft = draft_of(store, name)
        shown = examples_shown(place, store, draft, preview(place, draft, hold_out_of(place)), utc_now())
    for one in shown:
        if one.problem is not None:
            raise one.problem
    mails = [one.mail for one in shown if one.mail is not None]
    if not mails:
        raise InvalidCampaign(
            f"Campaign '{name}' has no mail to show.",
            remedy="It needs a step that sends by email, and customers whom it reaches.",
        )
    reply = send_test(place, mails[0], address)
    says = phrase("Sent to {address}: {reply}", address=address, reply=reply.says)
    done_with({"sent": address, "code": reply.code, "says": reply.says}, says, as_json=as_json, quiet=quiet)


@click.command("codes")
@click.argument("pool")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@workspace_options
def codes_command(
    pool: str, file: Path, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Put the codes of FILE, one a line, into POOL, from which each customer who is sent one gets their own."""
    place = open_workspace(workspace, overrides)
    from passend.flow.campaigns.opening import campaigns_of
    from passend.store.shelf import add_coupons

    with campaigns_of(place) as store, store.change() as connection:
        new = add_coupons(connection, pool, file.read_text("utf-8-sig").splitlines(), None)
    says = phrase("{codes:n} codes are new in the pool {pool}.", codes=new, pool=pool)
    done_with({"pool": pool, "new": new}, says, as_json=as_json, quiet=quiet)


@click.command("preflight")
@click.option(
    "--to", default="", help="Where the mail goes; default: the address for bounces, else the sender's."
)
@click.option(
    "--wait",
    "patience",
    default=60,
    show_default=True,
    type=click.IntRange(0, 600),
    help="Seconds to wait for it.",
)
@workspace_options
def preflight_command(
    to: str, patience: int, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Send a mail to yourselves before the first campaign, and look whether mail providers will believe it.

    Looked at are the mail server, SPF, DKIM and DMARC in DNS, whether the signature covers the headers to unsubscribe,
    and the page behind their link. What cannot be seen from here is said. The exit code is 1 where something is bad.
    """
    place = open_workspace(workspace, overrides)
    from passend.channels.email.preflight import BAD
    from passend.flow.preflight import preflight

    with Talk(quiet=quiet or as_json) as progress:
        progress.step("Sending a mail to ourselves")
        found = preflight(place, to, float(patience))
    if as_json:
        print_json(found)
    else:
        print_table(
            "Before the first mail",
            ("what", "state", "found"),
            [(word(one.what), word(one.state), one.says) for one in found],
        )
    if any(one.state == BAD for one in found):
        raise SystemExit(1)
