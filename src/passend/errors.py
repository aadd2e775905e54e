"""Every error that passend raises on purpose.

    PassendError                 catch this to catch them all
    ├── InvalidInput             what was given cannot be used: file, frame, argument
    │   ├── UnreadableFile       the file is not what it seems (empty, binary, HTML, broken)
    │   │   └── EmptyTable       it has columns and no rows
    │   ├── UnrecognisedColumns  a needed column was not found or is claimed twice
    │   ├── UnsettledGuess       what a file means is likely and not certain, and nobody could be asked
    │   ├── InvalidScenario      a scenario of the simulated market says what cannot be
    │   ├── ContractBroken       a table does not keep what its contract promises
    │   ├── InvalidCampaign      a campaign says what cannot be: file, line and remedy are named
    │   ├── InvalidRules         rules.yaml has a rule that does not exist, cannot hold, or contradicts another
    │   ├── InvalidTemplate      a message cannot be rendered: part and line are named
    │   ├── NoSuchCustomer       nobody is stored under this number, or not any more
    │   ├── InvalidAddress       an e-mail address, phone number or web address cannot be used
    │   └── Forged               a link, token or webhook is not signed by whom it says, or too old
    ├── InvalidSetting           a setting has an unknown name or a value out of range
    ├── WorkspaceError           the workspace is in use, damaged, or empty
    ├── StoreError               the store of campaigns cannot be reached, or what is asked of it does not fit its state
    ├── EngineError              DuckDB or Spark could not do the work
    │   └── UntranslatableSql    a SQL file uses what the two engines understand differently
    ├── NotLetIn                 a login by the firm's account failed: at the provider, or because nobody here knows it
    ├── NotFitted                an estimator is asked before it has learned
    ├── NotSeparable             an audience cannot be told from the other customers
    └── MissingPart              an optional package or program is not installed

    EmptyAnswer                  a warning: an answer has no rows, and why

A message says what happened, in which record, and what to do next.
"""

from collections.abc import Sequence


class PassendError(Exception):
    """The root: what happened, where, and the remedy, in words a user understands."""

    def __init__(self, what: str, *, record: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.record = record
        self.remedy = remedy

    def __str__(self) -> str:
        place = f" ({self.record})" if self.record else ""
        advice = f"\n  What to do: {self.remedy}" if self.remedy else ""
        return f"{self.what}{place}{advice}"


class InvalidInput(PassendError):
    """What was given cannot be used as it is."""


class UnreadableFile(InvalidInput):
    """The file is not what its name says, or is damaged."""


class EmptyTable(UnreadableFile):
    """The table has columns and no rows: wrong for orders, and quite usual for what a firm does not have.

    Attributes:
        table: its name, as the source tells it.
        columns: the names of its columns.
    """

    def __init__(
        self, what: str, *, table: str, columns: Sequence[str] = (), record: str = "", remedy: str = ""
    ) -> None:
        super().__init__(what, record=record, remedy=remedy)
        self.table = table
        self.columns = tuple(columns)


class UnrecognisedColumns(InvalidInput):
    """A column that the job needs was not found, or two columns claim the same meaning."""


class UnsettledGuess(InvalidInput):
    """What a file means is likely and not certain; the message names the options that settle it."""


class InvalidScenario(InvalidInput):
    """A scenario file says what cannot be; the message names line, value and allowed range."""


class ContractBroken(InvalidInput):
    """A table does not keep its contract: a column, a type, a key or a value is wrong."""


class InvalidRules(InvalidInput):
    """A rule on offers does not exist, can never hold, or contradicts another; the lines are named."""


class InvalidCampaign(InvalidInput):
    """A campaign says what cannot be; the message names file, line and remedy."""


class InvalidTemplate(InvalidInput):
    """A message cannot be rendered; the message of the error names part, line and remedy."""


class NoSuchCustomer(InvalidInput):
    """Nobody is stored under this number or address, or not any more; pages say so without the number."""


class InvalidAddress(InvalidInput):
    """An e-mail address, phone number or web address that no message can be sent to."""


class Forged(InvalidInput):
    """A link, token or webhook is not signed by whom it says, was changed on the way, or is too old."""


class InvalidSetting(PassendError):
    """A setting has an unknown name or a value that is not allowed."""


class WorkspaceError(PassendError):
    """The workspace is in use by another process, damaged, or holds no data yet."""


class StoreError(PassendError):
    """The store of campaigns cannot be reached, or what is asked of it does not fit the state that it is in."""


class NotLetIn(PassendError):
    """Somebody who came by the firm's account is not let in: the provider is down, said no, or nobody here knows them.

    Attributes:
        is_down: whether the provider could not be asked, so that trying again later may help.
    """

    def __init__(self, what: str, *, remedy: str, is_down: bool = False) -> None:
        super().__init__(what, remedy=remedy)
        self.is_down = is_down


class EngineError(PassendError):
    """The engine (DuckDB or Spark) could not carry out a step."""


class UntranslatableSql(EngineError):
    """A SQL file uses something that DuckDB and Spark understand differently."""


class NotFitted(PassendError):
    """An estimator is asked before it has learned; where scikit-learn is loaded, it is its NotFittedError, too."""


class NotSeparable(PassendError):
    """An audience cannot be told from the other customers by what is known of them."""


class MissingPart(PassendError):
    """An optional package or program is needed for this and is not installed."""


class EmptyAnswer(UserWarning):
    """An answer has no rows: nothing is wrong, and the message says why there is nothing, and what would help."""
