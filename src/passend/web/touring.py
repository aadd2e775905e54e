"""The tour of the demo: five steps from the first page to a campaign that runs, told above the pages they lead to."""

from dataclasses import dataclass

from fastapi import Request

COOKIE = "passend_tour"


@dataclass(frozen=True)
class Step:
    """One step: where it leads, and what is to be seen and done there; messages."""

    path: str
    title: str
    says: str


STEPS = (
    Step(
        "/",
        "What do the offers earn?",
        "The first page says what offers added, where the firm stands beside published figures, and what to do next.",
    ),
    Step(
        "/products/map",
        "What goes together?",
        "Each line is a pair that is bought together more often than chance explains. Press a product to see why.",
    ),
    Step(
        "/decisions",
        "Whom to offer what, and whom to leave alone?",
        "The plan goes from all that could be offered to what is worth it, and says at each step why the rest is left.",
    ),
    Step(
        "/campaigns/recipes",
        "How does it reach the customers?",
        "Take a recipe. The form shows whom it would reach and what it is worth while you write. Keep it as a draft.",
    ),
    Step(
        "/campaigns",
        "Start it.",
        "Open your draft, look at its mails, and press Start. Some customers are held out by lot, so that its gain is "
        "known.",
    ),
)
DONE = Step(
    "/results",
    "It runs.",
    "The worker carries it on, and in some weeks Results tell what it added. The sample shop need not wait: play them.",
)


#: While the weeks are played, and when they are over: nothing is left to press.
PLAYING = Step(
    "/results",
    "The weeks pass.",
    "The campaign runs in a copy of the shop, eight weeks in a minute or two, and the same weeks without it.",
)
END = Step(
    "/results",
    "That was the tour.",
    "You have seen a campaign from the plan to its verdict, beside the truth. Real ones take their weeks.",
)


@dataclass(frozen=True)
class Shown:
    """The tour as a page shows it.

    Attributes:
        number, total: which step, of how many.
        step: what is said.
        is_here: whether the page is the one that the step speaks of.
        is_done: the campaign has begun; its weeks can be played.
        is_over: nothing follows but the end.
    """

    number: int
    total: int
    step: Step
    is_here: bool
    is_done: bool = False
    is_over: bool = False


def tour_of(request: Request) -> Shown | None:
    """Where somebody stands in the tour; None where they are on none."""
    told = request.cookies.get(COOKIE, "")
    number = int(told) if told.isdecimal() and 1 <= int(told) <= len(STEPS) else 0
    if not number or not request.app.state.demo:
        return None
    path = request.url.path
    for begins, last in (("/under-way/", PLAYING), ("/tour/rehearsed/", END)):
        if path.startswith(begins) and number >= len(STEPS) - 1:
            return Shown(len(STEPS), len(STEPS), last, is_here=True, is_over=True)
    if path.startswith("/campaigns/at/") and request.query_params.get("done") == "start":
        return Shown(len(STEPS), len(STEPS), DONE, is_here=False, is_done=True)
    if path.startswith("/campaigns/at/") and number == len(STEPS) - 1:
        number += 1  # the draft is kept: what follows is told without a press
    step = STEPS[number - 1]
    is_here = path == step.path or (step.path != "/" and path.startswith(f"{step.path}/"))
    return Shown(number, len(STEPS), step, is_here or (number == 4 and path == "/campaigns/new"))
