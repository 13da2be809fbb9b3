import pytest

from failgym.cli import names
from failgym.errors import ConfigurationError
from failgym.perturbations import CATALOGUE, SUITES, build


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("0:3", (0, 1, 2)),
        ("7", (7,)),
        ("3,5,9", (3, 5, 9)),
        ("0:2,9", (0, 1, 9)),
        ("4,4", (4,)),
        ("2:4,3:5", (2, 3, 4)),
    ],
)
def test_seeds(text, seeds):
    assert names.seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "x", "3:3", "5:2", "1,", "-1", "1:2:3", "1.5"])
def test_seeds_that_are_none(text):
    with pytest.raises(ConfigurationError, match="0:50"):
        names.seeds(text)


def test_environments_may_be_named_short():
    full = ("FailGym/PickCube-v0",)
    for name in ("PickCube", "PickCube-v0", "FailGym/PickCube-v0", "failgym:FailGym/PickCube-v0"):
        assert names.env_ids([name]) == full
    assert names.env_ids(["PickCube,PointPick", "PickCube"]) == (*full, "FailGym/PointPick-v0")


def test_perturbations():
    assert [spec["name"] for spec in names.specs(["all"])] == list(CATALOGUE)
    assert names.specs(["aha", "slip"]) == tuple(build(member).spec() for member in SUITES["aha"])
    chosen = names.specs(['{"name": "slip", "delay_steps": 3}', "slip,no_close"])
    assert [spec["name"] for spec in chosen] == ["slip", "slip", "no_close"]


def test_labels_tell_ranges_apart():
    usual, other = names.specs(["slip", '{"name": "slip", "delay_steps": 3}'])
    assert names.label(usual) == "slip"
    assert names.label({"name": "slip"}) == "slip"
    assert names.label(other).startswith("slip-")
    assert names.label(None) == "nominal"
