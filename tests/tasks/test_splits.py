import itertools

import gymnasium as gym
import pytest

from failgym.errors import UnknownNameError
from failgym.tasks import NATIVE, TASKS
from failgym.tasks.splits import COLOURS_OF, TASKS_OF, split
from failgym.tasks.variation import COLOURS

pytestmark = pytest.mark.nogl

NAMES = tuple(TASKS_OF)


def asked(name):
    return {(share.task, variant) for share in split(name) for variant in share.variants}


def test_every_task_belongs_to_one_split():
    assert sorted(itertools.chain(*TASKS_OF.values())) == sorted(NATIVE)


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(NAMES, 2)))
def test_nothing_is_asked_for_in_two_splits(one, other):
    assert not asked(one) & asked(other)


def test_training_tasks_are_in_val_with_unseen_variants_only_and_never_in_test():
    train = {share.task: share.variants for share in split("train")}
    val = {share.task: share.variants for share in split("val")}
    shared = train.keys() & val.keys()
    assert len(shared) > len(train) / 2
    assert not any(set(train[task]) & set(val[task]) for task in shared)
    assert not train.keys() & {share.task for share in split("test")}


def test_val_and_test_ask_for_colours_that_training_never_asks_for():
    words = {name: {variant for _, variant in asked(name) if variant in COLOURS} for name in NAMES}
    assert all(words[name] for name in ("train", "val", "test"))
    assert not words["train"] & words["val"]
    assert not words["test"] & (words["train"] | words["val"])
    assert all(words[name] <= set(COLOURS_OF[name]) for name in NAMES)


def test_every_variant_of_a_training_task_is_used():
    val = asked("val")
    for task in TASKS_OF["train"]:
        used = {variant for share in split("train") if share.task == task for variant in share.variants}
        left = {variant for variant in TASKS.get(task).variants if variant not in used and (task, variant) not in val}
        assert left <= set(COLOURS_OF["test"])
        assert used


@pytest.mark.parametrize("name", NAMES)
def test_episodes_stay_within_the_split(name):
    share = split(name).shares[-1]
    env = gym.make(f"failgym:{share.env_id}", **share.kwargs)
    for index in range(5):
        env.reset(seed=split(name).seed(index))
        assert env.unwrapped.variation["variant"] in share.variants
    env.close()


def test_seeds_do_not_meet():
    firsts = sorted(split(name).first_seed for name in NAMES)
    assert all(later - earlier >= 1_000_000 for earlier, later in itertools.pairwise(firsts))


def test_unknown_splits_are_named():
    with pytest.raises(UnknownNameError, match=r"no split named 'tets'. Did you mean 'test'"):
        split("tets")
