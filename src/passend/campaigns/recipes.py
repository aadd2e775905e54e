"""Recipes: campaigns for occasions that many firms have, ready to be taken as they are or changed.

A recipe becomes a campaign file in the firm's language. Which of the firm's products it is about is filled in where
it is told; else the line stays in the file as a comment, and the campaign is about all products.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

import yaml

from passend.campaigns.editing import changed, renamed, step_form, step_names
from passend.errors import InvalidCampaign

#: Steps, ends and teams of the recipes as firms of a language call them: names stand in picture, form and file alike.
_CALLED: Mapping[str, Mapping[str, str]] = {
    "de": {
        "choose": "auswahl", "show": "anzeigen", "call": "anruf", "talk": "gespräch", "asked": "nachsehen",
        "end": "ende", "tell": "nachricht", "remind": "erinnern", "best": "beste stunde", "agreed": "vereinbart",
        "all said": "alles gesagt", "a framework agreement is being made": "der Rahmenvertrag entsteht",
        "service": "Service", "sales": "Vertrieb", "agents": "Beratung", "reception": "Empfang",
    },
}  # fmt: skip
#: In this order they are shown.
TRADES = ("shop", "gym", "insurer", "b2b")
_PRODUCTS = ("anchor", "offer")


@dataclass(frozen=True)
class Recipe:
    """One recipe.

    Attributes:
        key: by which it is asked for.
        trade: ``shop``, ``gym``, ``insurer`` or ``b2b``.
        market: the sample market in which it can be tried.
        names, titles, abouts: language -> name of the campaign, what it is called, and what it does.
        products: ``anchor`` (whose buyers are meant) and ``offer`` (what is offered) -> where they are in the market.
        related: types of the relations that tell what is offered beside the anchor where nobody says it; empty: the
            plan does.
        after: how long after a purchase it speaks where the firm's data do not tell; empty: no matter of the data.
        words: part -> language -> the words of its messages.
        campaign: the file with places for them.
    """

    key: str
    trade: str
    market: str
    names: Mapping[str, str]
    titles: Mapping[str, str]
    abouts: Mapping[str, str]
    products: Mapping[str, str] = field(default_factory=dict)
    related: tuple[str, ...] = ()
    after: str = ""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    campaign: str = ""


@cache
def recipes() -> tuple[Recipe, ...]:
    """All recipes, by trade."""
    folder = files("passend.campaigns").joinpath("gallery")
    found = [
        _read(one.name.removesuffix(".yaml"), yaml.safe_load(one.read_text("utf-8")))
        for one in folder.iterdir()
        if one.name.endswith(".yaml")
    ]
    return tuple(sorted(found, key=lambda one: (TRADES.index(one.trade), one.key)))


def _read(key: str, told: Mapping[str, Any]) -> Recipe:
    products = {name: told[name] for name in _PRODUCTS if name in told}
    return Recipe(
        key, told["trade"], told["market"], told["name"], told["title"], told["about"], products,
        tuple(told.get("related", ())), told.get("after", ""), told["words"], told["campaign"],
    )  # fmt: skip


def recipe_of(key: str) -> Recipe:
    """The recipe of that key; the campaign's own name in either language finds it, too.

    Raises:
        InvalidCampaign: there is none.
    """
    for one in recipes():
        if key == one.key or key in one.names.values():
            return one
    raise InvalidCampaign(
        f"There is no recipe '{key}'.", remedy=f"There are: {', '.join(one.key for one in recipes())}."
    )


def written(
    recipe: Recipe,
    language: str,
    name: str = "",
    products: Mapping[str, Sequence[str]] | None = None,
    after: str = "",
) -> str:
    """The campaign file of a recipe.

    Args:
        recipe: which.
        language: ``de`` or ``en``.
        name: of the campaign; empty takes the recipe's.
        products: ``anchor`` and ``offer`` -> product numbers of the firm.
        after: how long after a purchase it speaks; empty takes the recipe's.
    """
    known = {key: list(found) for key, found in (products or {}).items() if found}
    places = {part: json.dumps(said[language], ensure_ascii=False) for part, said in recipe.words.items()}
    places |= {"language": language, "after": after or recipe.after}
    places |= {key: json.dumps(found, ensure_ascii=False) for key, found in known.items()}
    lines = []
    for line in recipe.campaign.splitlines():
        place = re.search(r": \$(anchor|offer)$", line)
        if place and place[1] not in known:
            key, (indent, said) = place[1], re.match(r"( *)(.*): ", line).groups()  # type: ignore[union-attr]
            lines.append(f"{indent}# {said}: [...]  # {recipe.words[key][language]}")
        else:
            lines.append(Template(line).substitute(places))
    head = (
        f"# {recipe.titles[language]}\n# {recipe.abouts[language]}\n"
        f"name: {name or recipe.names[language]}\ngoal: {json.dumps(recipe.titles[language], ensure_ascii=False)}\n"
    )
    return _called(head + "\n".join(lines) + "\n", language)


def _called(text: str, language: str) -> str:
    """The file with steps, ends and teams called as in the language."""
    words = _CALLED.get(language, {})
    for name in step_names(text):
        fields = (form := step_form(text, name)) and form.fields
        given = {key: words[fields[key]] for key in ("why", "team") if fields and fields.get(key) in words}
        text = renamed(changed(text, name, given), name, words.get(name, name))
    return text
