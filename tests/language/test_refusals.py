"""Every error that the source raises has its words: what happened, in which record, and what to do."""

from passend.decisions.rules.load import _allowed
from passend.decisions.rules.schema import FIELDS
from passend.language import retold, speaking
from passend.language.retelling import _is_known
from passend.settings import SETTINGS, allowed
from translations.gathering import PACKAGE, STORING
from translations.refusals import PASSED_ON, all_refusals, refusals, untold_refusals
from translations.steps import steps, untold_steps

CODE = """
REMEDY = "Take another one."

def refuse(name, what):
    hint = f"Did you mean {name}? " if name else ""
    raise InvalidInput(f"The {name} is bad: {what}.", record=f"row {name}", remedy=hint + REMEDY)

def judge(name, path):
    if name:
        refuse(name, "it has no end")
    problem = f"{name} is lost" if path else f"{name} was never there"
    raise WorkspaceError(problem, record=str(path), remedy=worded(path))

def worded(path):
    return "Look again." if path else "Give up."
"""


def test_texts_are_followed_through_names_calls_and_choices():
    assert {(one.part, one.message) for one in refusals(CODE)} == {
        ("what", "The {name} is bad: {what}."),
        ("what", "it has no end"),
        ("record", "row {name}"),
        ("remedy", "Did you mean {name}? Take another one."),
        ("remedy", "Take another one."),
        ("what", "{name} is lost"),
        ("what", "{name} was never there"),
        ("remedy", "Look again."),
        ("remedy", "Give up."),
    }


def test_a_text_that_cannot_be_followed_is_told():
    found = refusals("def refuse(problem):\n    raise EngineError(problem.text)\n")
    assert [(one.line, one.part, one.message) for one in found] == [(2, "what", "")]


def test_an_error_without_german_is_found():
    assert untold_refusals(PACKAGE, lambda message: message != "There is no plan yet.")
    assert not untold_refusals(PACKAGE, lambda _: True)


def test_what_is_passed_on_stands_in_files_that_are_gathered_whole():
    assert {file for files in PASSED_ON.values() for file in files} <= set(STORING)
    unfollowed = {name for name, found in all_refusals(PACKAGE).items() for one in found if not one.message}
    assert unfollowed == set(PASSED_ON), "a file that passes nothing on needs no exception"


def test_sentences_within_an_error_are_told_too():
    with speaking("de"):
        said = retold("The table 'orders' breaks its contract: columns are missing: line.")
        assert said == "Die Tabelle „orders“ hält ihren Vertrag nicht ein: es fehlen Spalten: line."
        assert retold("{rule} cannot be '3'.".format(rule="cap.email")) == "cap.email kann nicht „3“ sein."
        assert retold("It takes a whole number of at least 1: offers in one plan.").startswith(
            "Erlaubt: eine ganze Zahl ab 1."
        )


def test_several_sentences_stand_in_lines_of_their_own():
    with speaking("de"):
        told = retold("There is no plan yet.\nChange rules.yaml there.")
        assert told == "Es gibt noch keinen Plan.\nÄndern Sie rules.yaml dort."
        one_unknown = retold("Yours is strange.\nThere is no plan yet.")
    assert one_unknown == "Yours is strange.\nEs gibt noch keinen Plan."


def test_what_every_setting_and_rule_takes_is_told_in_one_language():
    told = [f"It takes {allowed(one)}. {one.help}" for one in SETTINGS]
    told += [f"It takes {_allowed(one)}: {one.help}." for one in FIELDS]
    assert not [one for one in told if not _is_known(one)], (
        "a part of it stays English, or is read as another message"
    )


def test_a_step_without_german_is_found():
    code = "def go(work):\n    work.step('Counting sheep')\n    begin(1, 2, f'Making {name}', go)\n    market.step(7)\n"
    assert list(steps(code)) == [(2, "Counting sheep"), (3, "Making {name}")]
    assert untold_steps(PACKAGE, lambda message: message != "Storing the plan")
    assert not untold_steps(PACKAGE, lambda _: True)


def test_a_part_of_a_remedy_is_gathered_as_an_error_is():
    code = "def share(value):\n    raise v.Unfit('a share from 0 to 1')\n"
    assert [one.message for one in refusals(code)] == ["a share from 0 to 1"]
