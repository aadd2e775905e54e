"""Any text encoding of the trade into UTF-8, piece by piece.

UTF-8, UTF-16 and UTF-32 with or without their mark; all else is read as Windows-1252, which Latin-1 files
share. A file that is plain English for a million lines and has its first umlaut afterwards is judged there.
"""

import codecs
import re

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MARK = codecs.BOM_UTF8
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"

#: Windows-1252 with its five gaps filled as Latin-1 has them, so that no byte is lost.
_WINDOWS = "".join(
    chr(code) if letter == _UNKNOWN else letter
    for code, letter in enumerate(bytes(range(256)).decode("cp1252", "replace"))
)


def wide_encoding(sample: bytes) -> str:
    """The UTF-16 or UTF-32 variant of a text, or nothing.

    Without a mark it is told by its NUL bytes: those of western letters stand on one side of each pair.
    """
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    enough = max(4, len(sample) // 8)
    if odd >= enough and odd > 10 * even:
        return "utf-16-le"
    if even >= enough and even > 10 * odd:
        return "utf-16-be"
    return ""


class ToUtf8:
    """Turns the pieces of one file into UTF-8 without marks and NUL bytes.

    Attributes:
        wide: the UTF-16 or UTF-32 variant, or nothing.
        good: characters seen that only UTF-8 explains.
        bad: places seen that UTF-8 does not allow.
    """

    def __init__(self, sample: bytes) -> None:
        self.wide = wide_encoding(sample)
        self.good = 0
        self.bad = 0
        self._decoder = codecs.getincrementaldecoder(self.wide)("replace") if self.wide else None
        self._kept = b""
        self._first = True

    @property
    def name(self) -> str:
        """The encoding in use, as people call it."""
        return self.wide or ("utf-8" if self.good >= self.bad else "windows-1252")

    def feed(self, piece: bytes, *, final: bool) -> bytes:
        """The next piece as UTF-8; a character cut by its end waits for the next."""
        if self._decoder is not None:
            text = self._decoder.decode(piece, final).encode("utf-8", "replace")
        else:
            text = self._narrow(self._kept + piece, final=final)
        if self._first and text:
            self._first = False
            text = text.removeprefix(_MARK)
        return text.replace(b"\0", b"") if b"\0" in text else text

    def _narrow(self, piece: bytes, *, final: bool) -> bytes:
        waits = 0 if final else _unfinished(piece)
        cut = len(piece) - waits
        piece, self._kept = piece[:cut], piece[cut:]
        if piece.isascii():
            return piece
        try:
            text, valid = piece.decode(), True
            self.good += len(piece) - len(text)
        except UnicodeDecodeError:
            text, valid = piece.decode("utf-8", "replace"), False
            bad = text.count(_UNKNOWN)
            self.bad += bad
            self.good += len(_NOT_ASCII.findall(text)) - bad
        if self.good < self.bad:
            return codecs.charmap_decode(piece, "strict", _WINDOWS)[0].encode()
        return piece if valid else text.encode()


def _unfinished(piece: bytes) -> int:
    """Bytes at the end that begin a UTF-8 character without completing it."""
    for back in range(1, min(3, len(piece)) + 1):
        byte = piece[-back]
        if byte < 0x80:
            return 0
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if back < needed else 0
    return 0
