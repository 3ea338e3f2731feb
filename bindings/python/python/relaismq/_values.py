"""The types of JMS that Python does not have.

An ``int`` travels as a Java ``int`` if it fits, else as a ``long``; a ``float`` as a ``double``. Where a
receiver insists on another type, these say so. Received values come back as what they were sent as.
"""

from __future__ import annotations

import struct
from datetime import datetime, timedelta, timezone


class _Whole(int):
    __slots__ = ()
    _bits = 64

    def __new__(cls, value: int) -> _Whole:
        number = super().__new__(cls, value)
        if not -(1 << (cls._bits - 1)) <= number < 1 << (cls._bits - 1):
            raise OverflowError(
                f"{value} does not fit into a {cls.__name__}, which has {cls._bits} bits"
            )
        return number

    def __repr__(self) -> str:
        return f"{type(self).__name__}({int(self)})"

    __str__ = int.__repr__


class Byte(_Whole):
    """A whole number of 8 bits."""

    __slots__ = ()
    _bits = 8


class Short(_Whole):
    """A whole number of 16 bits."""

    __slots__ = ()
    _bits = 16


class Long(_Whole):
    """A whole number of 64 bits, even where 32 would do."""

    __slots__ = ()


class Float(float):
    """A number of single precision."""

    __slots__ = ()

    def __new__(cls, value: float) -> Float:
        return super().__new__(cls, struct.unpack("f", struct.pack("f", value))[0])

    def __repr__(self) -> str:
        return f"Float({float(self)})"

    __str__ = float.__repr__


class Char(str):
    """One UTF-16 unit."""

    __slots__ = ()

    def __new__(cls, value: str) -> Char:
        if len(value) != 1 or ord(value) > 0xFFFF:
            raise ValueError(f"{value!r} is not one UTF-16 unit")
        return super().__new__(cls, value)


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def moment(seconds: float) -> datetime:
    """A time of the broker's, which has milliseconds."""
    return _EPOCH + timedelta(milliseconds=round(seconds * 1000))
