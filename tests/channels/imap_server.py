"""A small IMAP server on loopback: one user, one mailbox, mails by number."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Talk(socketserver.StreamRequestHandler):
    server: "ImapServer"

    def handle(self) -> None:
        self._say(b"* OK ready")
        for line in self.rfile:
            tag, _, rest = line.strip().partition(b" ")
            word = rest.upper()
            if word.startswith(b"LOGIN"):
                good = self.server.password.encode() in rest
                self._say(tag + (b" OK in" if good else b" NO [AUTHENTICATIONFAILED] wrong password"))
            elif word.startswith((b"SELECT", b"EXAMINE")):
                self._say(b"* %d EXISTS" % len(self.server.mails))
                self._say(b"* OK [UIDVALIDITY %d] valid" % self.server.kind)
                self._say(b"* OK [UIDNEXT %d] next" % (max(self.server.mails, default=0) + 1))
                self._say(tag + b" OK [READ-ONLY] selected")
            elif word.startswith(b"UID SEARCH"):
                begin = int(re.findall(rb"UID (\d+):", word)[0])
                last = max(self.server.mails, default=0)
                found = [n for n in self.server.mails if n >= begin] or [last] * bool(last)
                self._say(b"* SEARCH " + b" ".join(b"%d" % n for n in found))
                self._say(tag + b" OK searched")
            elif word.startswith(b"UID FETCH"):
                for number in map(int, word.split()[2].split(b",")):
                    raw = self.server.mails[number]
                    self.server.fetched.append(number)
                    self._say(b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n%b)" % (number, len(raw), raw))
                self._say(tag + b" OK fetched")
            elif word.startswith(b"CAPABILITY"):
                self._say(b"* CAPABILITY IMAP4rev1")
                self._say(tag + b" OK told")
            else:
                self._say(tag + b" OK")
                if word.startswith(b"LOGOUT"):
                    return

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


class ImapServer(socketserver.ThreadingTCPServer):
    """Holds the mails; ``kind`` is its UIDVALIDITY."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, password: str = "secret") -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.password, self.kind = password, 7
        self.mails: dict[int, bytes] = {}
        self.fetched: list[int] = []

    @property
    def address(self) -> str:
        return f"imap://bounces%40shop.example@127.0.0.1:{self.server_address[1]}/INBOX"


@contextmanager
def imap_server() -> Iterator[ImapServer]:
    with ImapServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()
