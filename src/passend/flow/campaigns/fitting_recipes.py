"""A recipe for this firm: its products found by the words that people call them."""

import pyarrow as pa
import pyarrow.compute as pc

from passend.campaigns.recipes import Recipe, written
from passend.errors import InvalidInput
from passend.flow.campaigns.due_again import usual_wait
from passend.workspace import Workspace


def fitted(
    workspace: Workspace, recipe: Recipe, language: str, *, name: str = "", anchor: str = "", offer: str = ""
) -> str:
    """The campaign file of a recipe with the firm's product numbers in it.

    Args:
        workspace: with the products, where ``anchor`` or ``offer`` is told.
        recipe: which.
        language: ``de`` or ``en``.
        name: of the campaign; empty takes the recipe's.
        anchor: whose buyers are meant, as words of a category or of names.
        offer: what is offered, likewise; empty takes what was proved to go with the anchor, else what likely does,
            where the recipe is about that.

    Raises:
        InvalidInput: no product fits, the recipe has no use for it, or nothing of it is ever due again.
    """
    asked = {"anchor": anchor.strip(), "offer": offer.strip()}
    for key, words in asked.items():
        if words and key not in recipe.products:
            takes = " and ".join(recipe.products) or "no products"
            raise InvalidInput(
                f"The recipe '{recipe.key}' has no place for '{words}'.", remedy=f"It takes {takes}."
            )
    found = {key: products_called(workspace, words) for key, words in asked.items() if words}
    if recipe.related and "anchor" in found and "offer" not in found:
        found["offer"] = products_beside(workspace, found["anchor"], recipe.related)
    after = None
    if recipe.after and "anchor" in found and workspace.has("needs"):
        found["anchor"], after = usual_wait(workspace, found["anchor"])
    return written(recipe, language, name, found, f"{after.days // 7} weeks" if after else "")


def trades_of(workspace: Workspace) -> tuple[str, ...]:
    """The trades whose recipes fit the firm, as far as its data tell: contracts, and whether firms buy.

    A shop that sells some contracts of care beside its goods is a shop.
    """
    stored = workspace.manifest.tables
    contracts, customers = (
        stored[one].rows if one in stored else 0 for one in ("contracts", "customer_facts")
    )
    if 2 * contracts > customers:
        return ("gym", "insurer")
    if workspace.has("customers"):
        told = workspace.read("customers")["segment"].drop_null()
        firms = pc.sum(pc.equal(told, "business")).as_py() or 0
        if 2 * firms > len(told):
            return ("b2b",)
    return ("shop",)


def products_beside(workspace: Workspace, anchors: list[str], types: tuple[str, ...]) -> list[str]:
    """Numbers of the products that go with some others, those of them left out; of likely ones where none is proved."""
    one_of = pc.is_in(pc.field("product_id"), pa.array(anchors))
    for name, fits in (
        ("relations", one_of & pc.is_in(pc.field("type"), pa.array(types))),
        ("likely_relations", one_of),
    ):
        found = workspace.read(name).filter(fits)["other_id"].to_pylist() if workspace.has(name) else []
        if found:
            return sorted(set(found) - set(anchors))
    return []


def products_called(workspace: Workspace, words: str) -> list[str]:
    """Numbers of the products whose category or name holds some words, those of a fitting category first.

    Raises:
        InvalidInput: there are none.
    """
    products = workspace.read("products").select(["product_id", "name", "category"]).to_pylist()
    sought = words.casefold()
    for column in ("category", "name", "product_id"):
        found = [row["product_id"] for row in products if sought in (row[column] or "").casefold()]
        if found:
            return sorted(found)
    some = sorted({row["category"] for row in products if row["category"]})[:10]
    raise InvalidInput(
        f"No product and no category is called '{words}'.",
        remedy=f"Categories are: {', '.join(some)}." if some else "Take a word of a product's name.",
    )
