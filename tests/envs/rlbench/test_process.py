import os
import signal

import numpy as np
import pytest

from failgym.envs.rlbench.errors import PlacementError, SimulatorDiedError, SimulatorError, UnreachableError
from failgym.envs.rlbench.process import RemoteSimulator, worker_environment
from failgym.envs.rlbench.protocol import MEMBERS, Settings
from failgym.rotations import DOWN
from failgym.scene import Pose
from tests.envs.rlbench.fake import FakeSimulator

FAKE = "tests.envs.rlbench.fake:FakeSimulator"


@pytest.fixture
def remote():
    made = RemoteSimulator(FAKE, timeout_s=30.0)
    yield made
    made.close()


@pytest.fixture
def running(remote):
    remote.start()
    remote.launch(Settings(cameras=("front",)))
    remote.load("pick_and_lift")
    for seed in range(20):
        try:
            remote.reset(0, seed)
        except PlacementError:
            continue
        return remote
    raise AssertionError("no seed was placed")


def test_the_fake_speaks_the_whole_protocol():
    assert all(callable(getattr(FakeSimulator, name)) for name in MEMBERS)


def test_nothing_starts_by_itself(remote):
    with pytest.raises(SimulatorDiedError, match="no simulator is running"):
        remote.state()
    with pytest.raises(AttributeError):
        _ = remote.explode
    assert remote.starts == 0


def test_results_are_the_receivers_own(running):
    state = running.state()
    state.joints[:] = 9.0
    assert running.state().joints.max() < 1.0


def test_what_is_refused_leaves_it_running(running):
    with pytest.raises(UnreachableError, match="outside"):
        running.plan(Pose(np.array([5.0, 0.0, 0.0]), DOWN), True, False)
    with pytest.raises(SimulatorError, match="no object 'spoon'"):
        running.set_pose("spoon", Pose(np.zeros(3), DOWN))
    with pytest.raises(SimulatorError, match="enter failed: AttributeError"):
        running.enter("no waypoint")
    with pytest.raises(SimulatorError, match="no camera 'wrist'"):
        running.picture("wrist")
    assert running.alive


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_death_says_how(running, number):
    os.kill(running.pid, number)
    with pytest.raises(SimulatorDiedError, match=number.name):
        running.state()
    assert not running.alive
    before = running.pid
    running.start()
    assert running.starts == 2
    assert running.pid != before
    running.launch(Settings())
    assert running.load("open_drawer") == 3


def test_what_hangs_is_killed(running):
    running._timeout = 0.2
    os.kill(running.pid, signal.SIGSTOP)
    with pytest.raises(SimulatorDiedError, match="did not answer 'state' within"):
        running.state()
    assert not running.alive


def test_a_factory_that_cannot_be_imported_is_named():
    remote = RemoteSimulator("tests.envs.rlbench.nowhere:Nothing")
    remote.start()
    with pytest.raises(SimulatorError, match=r"ModuleNotFoundError.*nowhere"):
        remote.launch(Settings())
    remote.close()


def test_closing_ends_the_process(running):
    pid = running.pid
    running.close()
    running.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_worker_finds_coppeliasims_libraries(monkeypatch):
    monkeypatch.setenv("COPPELIASIM_ROOT", "/opt/coppelia")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/usr/lib/special")
    monkeypatch.delenv("QT_QPA_PLATFORM_PLUGIN_PATH", raising=False)
    made = worker_environment({"MORE": "1"})
    assert made["LD_LIBRARY_PATH"].split(os.pathsep) == ["/usr/lib/special", "/opt/coppelia"]
    assert made["QT_QPA_PLATFORM_PLUGIN_PATH"] == "/opt/coppelia"
    assert made["MORE"] == "1"
