"""Signatures with public keys, by the package ``cryptography``, which only those need whose provider signs so."""

import importlib
from typing import Any

from passend.errors import MissingPart


def ecdsa_holds(key: bytes, signature: bytes, signed: bytes) -> bool:
    """Whether an ECDSA signature (P-256, SHA-256) holds under a public key in DER form."""
    keys = _part("hazmat.primitives.serialization")
    public = keys.load_der_public_key(key)
    ec, hashes = _part("hazmat.primitives.asymmetric.ec"), _part("hazmat.primitives.hashes")
    return isinstance(public, ec.EllipticCurvePublicKey) and _holds(
        lambda: public.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    )


def certificate_holds(pem: bytes, signature: bytes, signed: bytes, *, is_sha256: bool) -> bool:
    """Whether an RSA signature holds under the key of a certificate in PEM form."""
    public = _part("x509").load_pem_x509_certificate(pem).public_key()
    padding, hashes = _part("hazmat.primitives.asymmetric.padding"), _part("hazmat.primitives.hashes")
    digest = hashes.SHA256() if is_sha256 else hashes.SHA1()  # version 1 of SNS knows no other
    return _holds(lambda: public.verify(signature, signed, padding.PKCS1v15(), digest))


def _holds(verify: Any) -> bool:
    try:
        verify()
    except _part("exceptions").InvalidSignature:
        return False
    return True


def _part(name: str) -> Any:
    try:
        return importlib.import_module(f"cryptography.{name}")
    except ImportError as problem:
        raise MissingPart(
            "Checking the signatures of this mail provider needs the package cryptography",
            remedy="Install it: pip install 'passend[mail]'",
        ) from problem
