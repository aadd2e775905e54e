"""What a person should decide before a file is read: a guess is shown as one, with what settles it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Doubt:
    """A reading that is likely, and not certain.

    Attributes:
        sentence: what was taken for what, and why that is not certain.
        remedy: the option that settles it, such as ``--map line_total="Amount"``.
        setting: the setting that settles it, where it is one: set to anything but ``auto``, there is no doubt.
    """

    sentence: str
    remedy: str
    setting: str = ""


def settle_by(meaning: str, column: str) -> str:
    """The option that gives a column a meaning."""
    return f'--map {meaning}="{column}"'
