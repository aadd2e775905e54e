"""``passend plan``: make a plan, ask what other rules would change, look at plans that were made."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passend.cli.console import Talk, err, open_workspace, out, print_json, print_table, workspace_options
from passend.cli.replay import several
from passend.language import decimal, joined, limited, money, phrase, retold, share, word

if TYPE_CHECKING:
    from passend.flow.planning import PlanSummary
    from passend.flow.plans import Comparison


#: A gap that is shown as nothing.
_FOUND = 0.00005


class _Planning(click.Group):
    """A group that makes a plan when no command is named, and lets several changes follow one ``--what-if``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read ``--what-if cap.email=1 budget=5000`` as two changes."""
        return super().parse_args(ctx, several(args))


@click.group("plan", cls=_Planning, invoke_without_command=True)
@click.option(
    "--what-if",
    "changes",
    multiple=True,
    metavar="RULE=VALUE ...",
    help="Compare with other rules, e.g. --what-if cap.email=1 budget=5000; nothing is stored.",
)
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), help="Where the tables are computed.")
@workspace_options
@click.pass_context
def plan_command(
    context: click.Context,
    changes: Sequence[str],
    engine: str | None,
    workspace: Path,
    overrides: Sequence[str],
    *,
    as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Make a new plan from the orders that are there, and its report.

    The firm's rules stand in rules.yaml in the workspace; `passend plan rules` writes an example and checks it.
    """
    if context.invoked_subcommand:
        return
    place = open_workspace(workspace, overrides, engine, needs="orders")
    with Talk(quiet=quiet or as_json) as progress:
        if changes:
            from passend.flow.trying import what_if

            compared = what_if(place, changes, progress)
        else:
            from passend.flow import export_offers, make_plan, write_report

            plan = make_plan(place, progress)
            exports = export_offers(place, progress)
            report = write_report(place, progress)
    if changes:
        print_json(compared) if as_json else _tell_comparison(compared, (word("now"), word("what if")))
        return
    if as_json:
        print_json(
            {"plan": plan, "files": {"report": str(report), **{k: str(v) for k, v in exports.items()}}}
        )
        return
    tell_plan(plan)
    out.print(f"\n{word('Report:')}  [bold]{report}[/bold]", soft_wrap=True)


@plan_command.command("list")
@workspace_options
def list_command(workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """List all plans that were made, the latest first."""
    del quiet
    place = open_workspace(workspace, overrides, needs="orders")
    from passend.flow.plans import list_plans

    plans = list_plans(place)
    if as_json:
        print_json(plans)
        return
    rows = [
        (
            one["plan"],
            one["made_at"],
            _money(one, "value_cents"),
            one["offers"],
            one["customers"],
            joined(one["basis"].split("; "), "; "),
        )
        for one in plans
    ]
    print_table("Plans", ("plan", "made", "expected profit", "offers", "customers", "basis"), rows)


@plan_command.command("show")
@click.argument("number", type=click.IntRange(min=1), required=False)
@workspace_options
def show_command(
    number: int | None, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Show a plan with its funnel and limits; the latest where no NUMBER is given."""
    del quiet
    place = open_workspace(workspace, overrides, needs="orders")
    from passend.flow.plans import show_plan

    found = show_plan(place, number)
    if as_json:
        print_json(found)
        return
    _tell_figures(found)
    _tell_funnel(found["funnel"])
    _tell_limits(found["limits"], found["currency"])


@plan_command.command("compare")
@click.argument("first", type=click.IntRange(min=1))
@click.argument("second", type=click.IntRange(min=1))
@workspace_options
def compare_command(
    first: int, second: int, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Compare two plans."""
    del quiet
    place = open_workspace(workspace, overrides, needs="orders")
    from passend.flow.plans import compare_plans

    found = compare_plans(place, first, second)
    if as_json:
        print_json(found)
    else:
        _tell_comparison(found, tuple(phrase("plan {number}", number=one) for one in (first, second)))


@plan_command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--number", type=click.IntRange(min=1), help="Which plan; the latest where none is given.")
@click.option(
    "--raw", is_flag=True, help="Write the columns of offers.csv, for programs, and not those for people."
)
@workspace_options
def export_command(
    file: Path,
    number: int | None,
    workspace: Path,
    overrides: Sequence[str],
    *,
    raw: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a plan's offers for people to an Excel or CSV file, or for programs (--raw, or a Parquet file)."""
    place = open_workspace(workspace, overrides, needs="orders")
    from passend.flow.plans import export_plan

    count = export_plan(place, number, file, is_raw=raw)
    if as_json:
        print_json({"offers": count, "file": str(file)})
    elif not quiet:
        said = phrase(
            "{offers:n} offer written to {file}",
            "{offers:n} offers written to {file}",
            offers=count,
            file=file,
        )
        out.print(said, soft_wrap=True, markup=False)


@plan_command.command("rules")
@workspace_options
def rules_command(workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """Check rules.yaml, or write a commented example where there is none."""
    place = open_workspace(workspace, overrides)
    file = place.folder / "rules.yaml"
    if not file.exists():
        from passend.decisions.rules.example import example

        file.write_text(example(), "utf-8")
        if as_json:
            print_json({"written": str(file)})
        elif not quiet:
            out.print(phrase("An example was written to {file}", file=file), soft_wrap=True, markup=False)
        return
    from passend.flow.rules_file import check_rules, rules_text

    found = check_rules(place)
    if as_json:
        print_json([{"is_error": one.is_error, "lines": list(one.lines), "says": one.says} for one in found])
    else:
        for one in found:
            sort = word("Error") if one.is_error else word("Note")
            out.print(f"{sort}, {one.where}: {retold(one.says)}", soft_wrap=True, markup=False)
        if not quiet and not found:
            lines = len(rules_text(place).splitlines())
            out.print(phrase("{lines:n} lines, nothing to find fault with.", lines=lines), markup=False)
    if any(one.is_error for one in found):
        raise click.exceptions.Exit(1)


def tell_plan(plan: "PlanSummary") -> None:
    """The plan on the terminal."""
    rows: list[tuple[object, ...]] = [(word("products"), plan.products)]
    rows += [
        (phrase("relations: {kind:w}", kind=kind), count) for kind, count in sorted(plan.relations.items())
    ]
    rows += [(word("customers"), plan.customers), ("  " + word("with offers"), plan.customers_with_offers)]
    rows += [("  " + word("held out, to measure the effect"), plan.held_out)]
    rows += [("  " + word("for whom no offer is worth it"), plan.without_offers)]
    rows += [
        (phrase("  verdict: {verdict:w}", verdict=verdict), count)
        for verdict, count in sorted(plan.verdicts.items())
        if verdict != "offer"
    ]
    rows.append((word("offers"), plan.offers))
    print_table(phrase("Plan {number}", number=plan.plan), ("what", "number"), rows)
    _tell_figures(
        {
            name: getattr(plan, name)
            for name in (
                "plan", "value_cents", "value_low_cents", "value_high_cents", "basis", "gap", "explore_cost_cents",
                "contact_cents", "currency",
            )
        }
    )  # fmt: skip
    _tell_age(plan)
    _tell_effects(plan.effects)
    _tell_funnel(plan.funnel)
    _tell_limits(plan.limits, plan.currency)


def _tell_age(plan: "PlanSummary") -> None:
    if plan.days_old:
        said = phrase(
            "The data end on {day:d}, and all dates of this plan count from there: read a newer export before you "
            "use it.",
            day=plan.as_of,
        )
        out.print(f"[yellow]{said}[/yellow]", soft_wrap=True)


def _money(row: Mapping[str, Any], name: str) -> str:
    return money(row[name], row["currency"]) or word("not known: no prices")


def _tell_figures(plan: Mapping[str, Any]) -> None:
    if plan["value_cents"] is None:
        out.print(
            word("Expected profit cannot be told: the orders name no prices. The plan holds what fits best.")
        )
        return
    low, high = (_money(plan, name) for name in ("value_low_cents", "value_high_cents"))
    value = f"[bold]{_money(plan, 'value_cents')}[/bold]"
    told = phrase(
        "Expected extra profit {value}, between {low} and {high} ({basis:j})",
        value=value,
        low=low,
        high=high,
        basis=plan["basis"].split("; "),
    )
    out.print(told, soft_wrap=True)
    if plan["basis"] != "measured":
        advice = word(
            "Plan with the lower figure until your own offers have been measured: "
            "nobody knows yet how your customers answer."
        )
        out.print(advice, soft_wrap=True)
    told = phrase(
        "Contacts cost {contacts}; {exploring} goes into offers drawn by lot, to learn from.",
        contacts=_money(plan, "contact_cents"),
        exploring=_money(plan, "explore_cost_cents"),
    )
    best = (
        phrase("Under these rules no plan is better by more than {gap:%2}.", gap=plan["gap"])
        if plan["gap"] >= _FOUND
        else word("Under these rules there is no better plan.")
    )
    out.print(f"{told} {best}", soft_wrap=True)


def _tell_effects(effects: Sequence[Mapping[str, Any]]) -> None:
    if effects:
        rows = [
            (
                word(row["channel"]),
                row["contacts"],
                phrase(
                    "{effect:.2} ({low:.2} to {high:.2})",
                    effect=100 * row["effect"],
                    low=100 * row["effect_low"],
                    high=100 * row["effect_high"],
                ),
            )
            for row in effects
        ]
        print_table(
            "Extra purchases that a hundred contacts brought, as measured (95 % interval)",
            ("channel", "contacts", "extra purchases"),
            rows,
        )


def _tell_funnel(funnel: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        (
            word(row["step"]) if not row["reason_code"] else "",
            row["offers"] if not row["reason_code"] else -row["offers"],
            row["customers"],
            retold(row["reason"]),
        )
        for row in funnel
    ]
    print_table(
        "From all that could be offered to what is",
        ("step", "offers", "customers", "what it means, or why not"),
        rows,
    )


def _tell_limits(limits: Sequence[Mapping[str, Any]], currency: str | None) -> None:
    if limits:
        rows = [
            (
                " ".join(filter(None, (word(row["kind"]), row["name"]))),
                limited(row["used"], row["unit"], currency),
                limited(row["capacity"], row["unit"], currency),
                "" if row["unit"] == "minor units" else word(row["unit"]),
                retold(row["says"]),
            )
            for row in limits
        ]
        print_table("Limits", ("limit", "used", "of", "unit", "worth of one more"), rows)


def _tell_comparison(found: "Comparison", names: Sequence[str]) -> None:
    words = {
        "value_cents": word("expected extra profit"),
        "value_low_cents": "  " + word("at least"),
        "value_high_cents": "  " + word("at most"),
        "contact_cents": word("cost of contacts"),
    }
    rows: list[tuple[object, ...]] = [
        (says, _money(found.before, name), _money(found.after, name)) for name, says in words.items()
    ]
    rows += [
        (word(name), decimal(found.before[name], 0), decimal(found.after[name], 0))
        for name in ("offers", "customers")
    ]
    rows += [
        ("  " + phrase("by {channel:w}", channel=name), decimal(one, 0), decimal(two, 0))
        for name, (one, two) in found.offers_by_channel.items()
    ]
    rows.append((word("certified gap"), share(found.before["gap"], 2), share(found.after["gap"], 2)))
    print_table("Comparison", ("what", *names), rows)
    told = phrase("{lost:n} offers would go, {new:n} would be new.", lost=found.lost, new=found.new)
    out.print(told, markup=False)
    _tell_limits(found.limits, found.after["currency"])
    if found.after["basis"] != "measured":
        basis = found.after["basis"].split("; ")
        err.print(phrase("The effects behind these figures: {basis:j}.", basis=basis), markup=False)
