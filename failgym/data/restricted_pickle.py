"""Pickles of others, opened so that they can build nothing but what the reader names.

A pickle is a program. Here its every global is looked up in a list of replacements, never imported; NumPy's own are
replaced as well, by functions that check sizes and types before NumPy sees them.
"""

import io
import math
import pickle
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from failgym.data.errors import DataError

MAX_BYTES = 1 << 30
"""Largest file that is opened; RLBench's are a few megabytes."""


def load(path: str | Path, allowed: Mapping[str, Any]) -> Any:
    """Read a pickle of which nothing is trusted.

    Args:
        path: The file.
        allowed: By full name (`rlbench.demo.Demo`) what stands for it: a class with a `__setstate__` that checks what
            it is given, or an entry of `NUMPY`. Nothing else can be built.

    Raises:
        DataError: The pickle names another global, is cut off or damaged, or the file cannot be read.
    """
    try:
        size = Path(path).stat().st_size
        if size > MAX_BYTES:
            raise DataError(path, f"is {size} bytes long; pickles up to {MAX_BYTES} bytes are opened")
        return _Unpickler(Path(path).read_bytes(), allowed, path).load()
    except DataError:
        raise
    except OSError as error:
        raise DataError(path, f"cannot be read ({error.strerror or error})") from error
    except Exception as error:  # a damaged pickle raises anything
        raise DataError(path, f"is no sound pickle ({type(error).__name__}: {error})") from error


class _Unpickler(pickle.Unpickler):
    def __init__(self, content: bytes, allowed: Mapping[str, Any], path: str | Path) -> None:
        # From memory: a length that is a lie cannot make it reserve more than there is.
        super().__init__(io.BytesIO(content))
        self._allowed, self._path = allowed, path

    def find_class(self, module: str, name: str) -> Any:
        found = self._allowed.get(f"{module}.{name}")
        if found is None:
            known = ", ".join(sorted(self._allowed))
            raise DataError(
                self._path, f"refused: the pickle asks for {module}.{name}, which no recording needs. Allowed: {known}"
            )
        return found

    def persistent_load(self, pid: Any) -> NoReturn:
        raise DataError(self._path, f"refused: the pickle refers to something outside itself ({pid!r})")


class Sealed:
    """A function that a pickle may call but not change."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *args: Any) -> Any:
        """Call it."""
        return self._function(*args)

    def __setstate__(self, state: Any) -> NoReturn:
        """Refuse."""
        raise pickle.UnpicklingError("the pickle tries to change a function")


class _DType:
    """A type of numbers or text, by NumPy's code; objects and structures are refused."""

    def __init__(self, code: Any, align: Any = False, copy: Any = True) -> None:
        if not isinstance(code, str) or not _PLAIN.fullmatch(code):
            raise pickle.UnpicklingError(f"an array of type {code!r}: only numbers, booleans and text are read")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, order, *_ = state
        if order not in ("<", ">", "|", "="):
            raise pickle.UnpicklingError(f"an array of byte order {order!r}")
        self.dtype = self.dtype.newbyteorder(order)


class _NDArray(np.ndarray[Any, Any]):
    """An array that checks what fills it."""

    def __new__(cls, *args: Any) -> NoReturn:
        raise pickle.UnpicklingError("an array made in another way than NumPy writes arrays")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, kind, fortran, data = state
        filled = _filled(data, kind, shape, "F" if fortran else "C")
        super().__setstate__((1, filled.shape, filled.dtype, fortran, filled.tobytes("F" if fortran else "C")))


def _filled(data: Any, kind: Any, shape: Any, order: str = "C") -> np.ndarray[Any, Any]:
    """The numbers that bytes stand for; the bytes must be as many as the shape needs."""
    if not isinstance(kind, _DType) or order not in ("C", "F"):
        raise pickle.UnpicklingError("an array without a plain type")
    if isinstance(data, str):  # Python 2 wrote bytes as text
        data = data.encode("latin1")
    if not isinstance(data, (bytes, bytearray)):
        raise pickle.UnpicklingError(f"an array filled from a {type(data).__name__}, not from bytes")
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    if not all(isinstance(size, int) and size >= 0 for size in sizes):
        raise pickle.UnpicklingError(f"an array of shape {shape!r}")
    if math.prod(sizes) * kind.dtype.itemsize != len(data):
        raise pickle.UnpicklingError(f"an array of shape {sizes} and type {kind.dtype} from {len(data)} bytes")
    return np.frombuffer(bytes(data), kind.dtype).reshape(sizes, order="F" if order == "F" else "C").copy(order="K")


def _blank(subtype: Any, shape: Any, typecode: Any) -> _NDArray:
    """An array still to be filled; what NumPy calls `_reconstruct`."""
    if subtype is not _NDArray:
        raise pickle.UnpicklingError("an array of a class of its own")
    array: _NDArray = np.ndarray.__new__(_NDArray, (0,))
    return array


def _scalar(kind: Any, data: Any) -> Any:
    return _filled(data, kind, ())[()]


def _encoded(text: Any, encoding: Any = "latin1") -> bytes:
    """Bytes that an old protocol spells as text."""
    if not isinstance(text, str) or encoding != "latin1":
        raise pickle.UnpicklingError(f"text in {encoding!r}")
    return text.encode("latin1")


def _no_bytes() -> bytes:
    """How an old protocol spells an empty array's bytes."""
    return b""


_PLAIN = re.compile(r"[<>=|]?(?:b1|\?|[iu][1248]|f(?:2|4|8)|c(?:8|16)|[US]\d{1,4})")

NUMPY: dict[str, Any] = {
    "numpy.ndarray": _NDArray,
    "numpy.dtype": _DType,
    "_codecs.encode": Sealed(_encoded),
    "__builtin__.bytes": Sealed(_no_bytes),
    **{
        f"numpy.{core}.{name}": function
        for core in ("core", "_core")  # before and since NumPy 2
        for name, function in (
            ("multiarray._reconstruct", Sealed(_blank)),
            ("multiarray.scalar", Sealed(_scalar)),
            ("numeric._frombuffer", Sealed(_filled)),
        )
    },
}
"""What arrays and numbers of NumPy 1 and 2 need, by full name."""
