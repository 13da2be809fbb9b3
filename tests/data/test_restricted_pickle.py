import copyreg
import os
import pickle
import pickletools
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from failgym.data.errors import DataError
from failgym.data.restricted_pickle import NUMPY, load

KINDS = ("bool", "uint8", "int32", "int64", "uint32", "float32", "float64", ">f8", "complex128", "U3", "S2")
values = st.sampled_from(KINDS).flatmap(
    lambda kind: arrays.arrays(kind, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
)


class Thing:
    """Something with state, as readers allow."""

    def __setstate__(self, state):
        self.state = state


def stored(folder, content):
    path = folder / "stored.pkl"
    path.write_bytes(content)
    return path


def refused(folder, content, *words):
    with pytest.raises(DataError) as caught:
        load(stored(folder, content), NUMPY | {"tests.Thing": Thing})
    for word in ("stored.pkl", *words):
        assert word in str(caught.value)


def call(function, *arguments):
    """A pickle that calls a function when it is opened."""

    class Calling:
        def __reduce__(self):
            return function, arguments

    return pickle.dumps(Calling(), protocol=4)


def named(module, name, *tail):
    """A pickle of a global by its name, in protocol 2, and what comes after it."""
    return b"\x80\x02c" + f"{module}\n{name}\n".encode() + b"".join(tail) + b"."


@given(values, st.integers(0, 5), st.booleans())
def test_arrays_come_back(tmp_path_factory, value, protocol, fortran):
    value = np.asfortranarray(value) if fortran else value
    path = stored(tmp_path_factory.mktemp("arrays"), pickle.dumps({"value": value, "item": value[..., None]}, protocol))
    read = load(path, NUMPY)
    for name, written in (("value", value), ("item", value[..., None])):
        found = np.array(read[name], subok=False)
        assert type(found) is np.ndarray
        assert found.shape == written.shape
        assert found.dtype.kind == written.dtype.kind
        np.testing.assert_array_equal(found, written)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("value", [np.float64(1.5), np.uint8(200), np.bool_(True), np.str_("ab"), np.float32(0.1)])
def test_scalars_come_back(tmp_path, value, protocol):
    read = load(stored(tmp_path, pickle.dumps(value, protocol)), NUMPY)
    assert read == value
    assert type(read) is type(value)


def test_names_of_numpy_1_and_2_are_read(tmp_path):
    content = pickle.dumps(np.arange(3.0), protocol=3)
    old = content.replace(b"numpy._core.", b"numpy.core.")
    assert {arg for op, arg, _ in pickletools.genops(content) if op.name == "GLOBAL"} != {
        arg for op, arg, _ in pickletools.genops(old) if op.name == "GLOBAL"
    }
    for each in (content, old):
        np.testing.assert_array_equal(load(stored(tmp_path, each), NUMPY), np.arange(3.0))


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (os.system, ("touch PROOF",)),
        (eval, ("open('PROOF', 'w')",)),
        (exec, ("open('PROOF', 'w')",)),
        (open, ("PROOF", "w")),
        (getattr, (os, "system")),
        (__import__, ("os",)),
        (np.memmap, ("PROOF", "uint8", "w+", 0, (4,))),
        (np.lib.format.open_memmap, ("PROOF", "w+", "uint8", (4,))),
        (np.load, ("PROOF",)),
        (np.fromfile, ("/etc/passwd", "uint8")),
        (pickle.loads, (b"N.",)),
        (copyreg._reconstructor, (dict, object, None)),
        (copyreg.add_extension, ("os", "system", 1)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_functions_are_not_called(tmp_path, monkeypatch, function, arguments):
    monkeypatch.chdir(tmp_path)
    content = named("builtins", "getattr", b"cos\nsystem\n", b"R") if os in arguments else call(function, *arguments)
    refused(tmp_path, content, "refused", function.__name__)
    assert not (tmp_path / "PROOF").exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("posix", "system"),
        ("builtins", "eval"),
        ("subprocess", "Popen"),
        ("numpy", "memmap"),
        ("numpy", "ndarray.tofile"),
        ("numpy._core.multiarray", "fromfile"),
        ("numpy.core.multiarray", "_reconstruct.__globals__"),
        ("tests.Thing", "__init__.__globals__"),
        ("tests", "Thing.__setstate__"),
    ],
)
def test_a_global_that_is_not_listed_is_named(tmp_path, module, name):
    content = b"\x80\x04" + pickle.SHORT_BINUNICODE + bytes([len(module)]) + module.encode()
    content += pickle.SHORT_BINUNICODE + bytes([len(name)]) + name.encode() + pickle.STACK_GLOBAL + b"."
    refused(tmp_path, content, f"{module}.{name}", "numpy.ndarray", "tests.Thing")


def test_chains_of_reduce_stop_at_the_first_link(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    class Inner:
        def __reduce__(self):
            return os.system, ("touch PROOF",)

    class Outer:
        def __reduce__(self):
            return list, ([Inner()],)

    refused(tmp_path, pickle.dumps([np.arange(3), Outer()]), "refused")
    assert not (tmp_path / "PROOF").exists()


def test_extension_codes_and_persistent_ids_lead_nowhere(tmp_path):
    refused(tmp_path, b"\x80\x02\x82\x01.")
    refused(tmp_path, b"\x80\x02U\x01xQ.", "outside itself")


@pytest.mark.parametrize("state", [b"}", b"NK\x01\x86", b"N}U\x0c__defaults__Ns\x86"])
@pytest.mark.parametrize("function", ["_reconstruct", "scalar"])
def test_what_is_allowed_cannot_be_changed(tmp_path, function, state):
    refused(tmp_path, named("numpy.core.multiarray", function, state, b"b"), "change a function")
    assert load(stored(tmp_path, pickle.dumps(np.float64(2.0))), NUMPY) == 2.0


def array(shape=(2,), kind="f8", data=b"\0" * 16, subtype=b"cnumpy\nndarray\n", order="<"):
    """A pickle of an array, with any of its parts a lie."""

    def plain(value):
        return pickle.dumps(value, protocol=2)[2:-1]

    blank = b"cnumpy.core.multiarray\n_reconstruct\n(" + subtype + plain((0,)) + plain("b") + b"tR"
    dtype = b"cnumpy\ndtype\n(" + plain(kind) + plain(False) + plain(True) + b"tR"
    dtype += b"(" + b"".join(map(plain, (3, order, None, None, None, -1, -1, 0))) + b"tb"
    filling = plain(data) if isinstance(data, list) else b"B" + len(data).to_bytes(4, "little") + data
    return b"\x80\x03" + blank + b"(" + plain(1) + plain(shape) + dtype + plain(False) + filling + b"tb."


def test_the_array_that_is_lied_about_below_is_sound(tmp_path):
    np.testing.assert_array_equal(load(stored(tmp_path, array()), NUMPY), np.zeros(2))


@pytest.mark.parametrize(
    ("lie", "word"),
    [
        ({"shape": (10**15,)}, "bytes"),
        ({"shape": (-1,)}, "shape"),
        ({"shape": "huge"}, "shape"),
        ({"data": b"\0" * 15}, "bytes"),
        ({"data": [1, 2]}, "from a list"),
        ({"kind": "O", "data": [1, 2]}, "only numbers"),
        ({"kind": "V16"}, "only numbers"),
        ({"kind": "f8,O"}, "only numbers"),
        ({"order": "x"}, "byte order"),
        ({"subtype": b"cnumpy\ndtype\n"}, "class of its own"),
        ({"subtype": b"cnumpy\nmemmap\n"}, "numpy.memmap"),
    ],
)
def test_arrays_are_checked(tmp_path, lie, word):
    refused(tmp_path, array(**lie), word)


def test_arrays_are_made_in_one_way_only(tmp_path):
    refused(tmp_path, named("numpy", "ndarray", b"K\x05\x85\x85R"), "another way")


def test_every_cut_is_an_error(tmp_path):
    content = pickle.dumps({"a": np.arange(5.0), "b": ["text", 1.5, None]}, protocol=4)
    for end in range(len(content)):
        refused(tmp_path, content[:end])


@given(st.data())
def test_damage_raises_nothing_but_our_error(tmp_path_factory, data):
    content = bytearray(pickle.dumps({"a": np.arange(5.0), "b": ["text", 1.5, None]}, protocol=3))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = stored(tmp_path_factory.mktemp("damage"), bytes(content))
    with suppress(DataError):
        load(path, NUMPY)


def test_a_length_that_is_a_lie_reserves_nothing(tmp_path):
    refused(tmp_path, b"\x80\x04\x8e" + (1 << 60).to_bytes(8, "little") + b"abc.")


def test_files_that_are_not_there_or_no_pickles(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.pkl.*No such file"):
        load(tmp_path / "nowhere.pkl", NUMPY)
    refused(tmp_path, b"")
    refused(tmp_path, b"PK\x03\x04 a zip archive")
