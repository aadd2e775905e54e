"""The one script that a shop puts into its pages, with the fingerprint by which browsers know it."""

import hashlib
from base64 import b64encode
from functools import cache
from pathlib import Path

VERSION = "1"
_FILE = Path(__file__).parent / "passend.js"


@cache
def script() -> bytes:
    """The script."""
    return _FILE.read_bytes()


@cache
def integrity() -> str:
    """For the attribute ``integrity`` of the script tag."""
    return "sha384-" + b64encode(hashlib.sha384(script()).digest()).decode()
