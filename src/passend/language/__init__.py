"""The language of the firm: every sentence that people read is a message with parameters, in German or English.

``phrase`` says a message, ``retold`` says a stored sentence again; both in the language that ``speak`` chose. Tables
and exceptions hold English sentences of known messages, whatever the language: faces (report, exports, command line)
retell them.
"""

from passend.language.figures import count, day, decimal, limited, money, money_sign, month, share
from passend.language.phrases import phrase, word
from passend.language.retelling import joined, retold
from passend.language.tongue import LANGUAGES, chosen, speak, speaking, system_language, usual_language
from passend.language.typed import plain_number, typed_number

__all__ = [
    "LANGUAGES",
    "chosen",
    "count",
    "day",
    "decimal",
    "joined",
    "limited",
    "money",
    "money_sign",
    "month",
    "phrase",
    "plain_number",
    "retold",
    "share",
    "speak",
    "speaking",
    "system_language",
    "typed_number",
    "usual_language",
    "word",
]
