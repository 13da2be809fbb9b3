from dataclasses import dataclass
from importlib.metadata import EntryPoint

import pytest

from failgym import registry
from failgym.errors import ConfigurationError, UnknownNameError
from failgym.registry import Registry


@dataclass(frozen=True)
class Shift:
    size: float = 1.0


@pytest.fixture
def shifts():
    found = Registry("shift")
    found.register("shift")(Shift)
    return found


def plugins(monkeypatch, **values):
    """A registry with entry points of these names and values, and the list of searches made for them."""
    entries = [EntryPoint(name, value, "failgym.shifts") for name, value in values.items()]
    searches = []
    monkeypatch.setattr(registry, "entry_points", lambda group: searches.append(group) or entries)
    found = Registry("shift", group="failgym.shifts")
    found.register("shift")(Shift)
    return found, searches


def test_register_returns_what_it_decorates(shifts):
    @shifts.register("twice")
    def twice():
        return Shift(2.0)

    assert shifts.get("twice") is twice
    assert twice() == Shift(2.0)


def test_a_taken_name_is_refused(shifts):
    with pytest.raises(ConfigurationError, match="'shift'"):
        shifts.register("shift")(Shift)
    assert shifts.get("shift") is Shift


def test_names_are_sorted_and_contained(shifts):
    shifts.register("a_shift")(Shift)
    assert shifts.names() == ("a_shift", "shift")
    assert "shift" in shifts
    assert "shaft" not in shifts


def test_an_unknown_name_suggests_the_nearest(shifts):
    with pytest.raises(UnknownNameError, match=r"no shift named 'shaft'.*Did you mean 'shift'"):
        shifts.get("shaft")


@pytest.mark.parametrize(
    ("spec", "built"),
    [
        ("shift", Shift(1.0)),
        ({"name": "shift"}, Shift(1.0)),
        ({"name": "shift", "size": 3.0}, Shift(3.0)),
        (Shift(4.0), Shift(4.0)),
    ],
)
def test_build(shifts, spec, built):
    assert shifts.build(spec) == built


def test_build_leaves_the_mapping_and_the_instance_alone(shifts):
    spec = {"name": "shift", "size": 3.0}
    shifts.build(spec)
    assert spec == {"name": "shift", "size": 3.0}
    shift = Shift()
    assert shifts.build(shift) is shift


@pytest.mark.parametrize("spec", [{}, {"size": 3.0}, {"name": 7}, None, Shift])
def test_build_refuses_what_it_cannot_build(shifts, spec):
    with pytest.raises(ConfigurationError):
        shifts.build(spec)


def test_build_says_which_arguments_exist(shifts):
    with pytest.raises(ConfigurationError, match=r"sice.*size: float = 1.0"):
        shifts.build({"name": "shift", "sice": 3.0})


def test_an_error_inside_the_builder_is_not_disguised(shifts):
    @shifts.register("broken")
    def broken():
        raise TypeError("from inside")

    with pytest.raises(TypeError, match="from inside"):
        shifts.build("broken")


def test_plugins_are_searched_at_the_first_missing_name_and_once(monkeypatch):
    shifts, searches = plugins(monkeypatch, ratio="fractions:Fraction")
    assert shifts.build("shift") == Shift()
    assert searches == []
    assert shifts.build("ratio") == 0
    assert "nothing" not in shifts
    assert shifts.names() == ("ratio", "shift")
    assert searches == ["failgym.shifts"]


def test_a_broken_plugin_warns_and_the_others_work(monkeypatch):
    shifts, _ = plugins(monkeypatch, bad="no_such_module_at_all:Thing", good="fractions:Fraction")
    with pytest.warns(RuntimeWarning, match=r"shift plug-in 'bad' \(no_such_module_at_all:Thing\).*ModuleNotFound"):
        assert "good" in shifts


def test_a_plugin_never_replaces_a_name(monkeypatch):
    shifts, _ = plugins(monkeypatch, shift="fractions:Fraction")
    with pytest.warns(RuntimeWarning, match="its name is taken"):
        shifts.names()
    assert shifts.get("shift") is Shift
