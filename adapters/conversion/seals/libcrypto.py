# SPDX-License-Identifier: Apache-2.0
"""
The system's libcrypto: the one place that knows how to ask it about SM2, SM3, RSA and ECDSA.

SM2 is in no Python package that we use, and in OpenSSL since 1.1.1; OpenSSL 3 reads an SM2 key for
what it is. A machine without it, or whose libcrypto was built without SM2, gets `Unsupported`,
never a wrong answer. This module knows no certificate and no seal.

Source: GM/T 0003.2 (SM2 signatures), GM/T 0009 6.1 (the identity when none is agreed), GM/T 0004 (SM3).
"""

from __future__ import annotations

import ctypes
import hashlib
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_uint, c_void_p
from functools import cache

LIBRARIES = ("libcrypto.so.3", "libcrypto.so.4")  # OpenSSL 3 and later; 1.1.1 takes an SM2 key for plain EC
DEFAULT_IDENTITY = b"1234567812345678"  # GM/T 0009: where the parties have agreed on no other
LONGEST_DIGEST = 64

_FUNCTIONS: dict[str, tuple[object, tuple[object, ...]]] = {
    "d2i_PUBKEY": (c_void_p, (c_void_p, POINTER(c_char_p), c_long)),
    "EVP_PKEY_free": (None, (c_void_p,)),
    "EVP_MD_CTX_new": (c_void_p, ()),
    "EVP_MD_CTX_free": (None, (c_void_p,)),
    "EVP_get_digestbyname": (c_void_p, (c_char_p,)),
    "EVP_Digest": (c_int, (c_char_p, c_size_t, c_char_p, POINTER(c_uint), c_void_p, c_void_p)),
    "EVP_DigestVerifyInit": (c_int, (c_void_p, POINTER(c_void_p), c_void_p, c_void_p, c_void_p)),
    "EVP_DigestVerify": (c_int, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
    "EVP_PKEY_CTX_set1_id": (c_int, (c_void_p, c_char_p, c_int)),
    "ERR_clear_error": (None, ()),
}


class Unsupported(Exception):
    """This machine cannot do what is asked: no libcrypto, or one without this algorithm or this key."""


def digest(name: str, data: bytes) -> bytes:
    """
    The digest of *data* by *name*: sm3, sha256, sha384, sha512, sha1, md5.

    Raises:
        Unsupported: SM3, and libcrypto has none.
    """
    if name != "sm3":
        return hashlib.new(name, data, usedforsecurity=False).digest()
    library = _library()
    kind = _digest_kind(library, "sm3")
    made, length = ctypes.create_string_buffer(LONGEST_DIGEST), c_uint()
    if library.EVP_Digest(data, len(data), made, byref(length), kind, None) != 1:
        raise Unsupported("SM3")
    return made.raw[: length.value]


def verifies(
    public_key: bytes, signature: bytes, data: bytes, *, digest: str, identity: bytes | None = None
) -> bool:
    """
    Whether *signature* is one of *data* by *public_key*.

    Args:
        public_key: a SubjectPublicKeyInfo in DER.
        signature: in DER where the algorithm has numbers (SM2, ECDSA).
        identity: of the signer, for SM2 and only for it.

    Raises:
        Unsupported: libcrypto cannot read the key or has not the algorithm.
    """
    library = _library()
    kind = _digest_kind(library, digest)
    key = library.d2i_PUBKEY(None, byref(c_char_p(public_key)), len(public_key))
    if not key:
        library.ERR_clear_error()
        raise Unsupported("public key")
    context = library.EVP_MD_CTX_new()
    try:
        _prepare(library, context, kind, key, identity)
        answer: int = library.EVP_DigestVerify(context, signature, len(signature), data, len(data))
        return answer == 1
    finally:
        library.ERR_clear_error()
        library.EVP_MD_CTX_free(context)
        library.EVP_PKEY_free(key)


def _prepare(library: ctypes.CDLL, context: int, kind: int, key: int, identity: bytes | None) -> None:
    of_key = c_void_p()  # belongs to the context
    if library.EVP_DigestVerifyInit(context, byref(of_key), kind, None, key) != 1:
        raise Unsupported("signature algorithm")
    if identity is not None and library.EVP_PKEY_CTX_set1_id(of_key, identity, len(identity)) != 1:
        raise Unsupported("SM2")


def _digest_kind(library: ctypes.CDLL, name: str) -> int:
    kind: int | None = library.EVP_get_digestbyname(name.encode())
    if not kind:
        raise Unsupported(name.upper())
    return kind


@cache
def _library() -> ctypes.CDLL:
    for name in LIBRARIES:
        try:
            library = ctypes.CDLL(name)
            for function, (result, arguments) in _FUNCTIONS.items():
                found = getattr(library, function)
                found.restype, found.argtypes = result, arguments
        except (OSError, AttributeError):  # not there, or not what its name says
            continue
        return library
    raise Unsupported("libcrypto")
