"""Says whether a packed answer came to its end: of one that was cut off Scrapy unpacks what is there."""

from __future__ import annotations

import zlib
from importlib import import_module
from typing import Any

_GZIP = 31  # zlib's word for it
_MAGIC = b"\x1f\x8b"


def is_whole(packed: bytes, encoding: str, unpacked_length: int) -> bool:
    """Say whether *packed*, which was unpacked to so many bytes, is all of it. What is not known to be cut is whole."""
    kind = encoding.strip().lower()
    if kind in ("gzip", "x-gzip"):
        # Its last four bytes are its length; only where they are not is it worth unpacking again.
        return int.from_bytes(packed[-4:], "little") == unpacked_length & 0xFFFFFFFF or _members_are_whole(packed)
    if kind == "br":
        return bool(_ended(lambda: import_module("brotli").Decompressor(), "process", packed, "is_finished"))
    if kind == "zstd":
        return bool(_ended(lambda: import_module("backports.zstd").ZstdDecompressor(), "decompress", packed, "eof"))
    if kind == "deflate":
        return any(_ended(lambda w=bits: zlib.decompressobj(w), "decompress", packed, "eof") for bits in (15, -15))
    return True


def _members_are_whole(packed: bytes) -> bool:
    while packed.startswith(_MAGIC):
        unpacker = zlib.decompressobj(_GZIP)
        try:
            unpacker.decompress(packed)
        except zlib.error:
            return True  # broken, but not cut off
        if not unpacker.eof:
            return False
        packed = unpacker.unused_data.lstrip(b"\0")
    return True


def _ended(made: Any, unpack: str, packed: bytes, ended: str) -> bool:
    """Say whether an unpacker is at its end after *packed*."""
    try:
        unpacker = made()
        getattr(unpacker, unpack)(packed)
    except ImportError:
        return True  # nor has Scrapy unpacked it
    except Exception:
        return False
    value = getattr(unpacker, ended)
    return bool(value() if callable(value) else value)
