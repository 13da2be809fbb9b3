"""An environment that fails on purpose is a Gymnasium environment; what happened is in `info`."""

import gymnasium as gym
import numpy as np

# The prefix "failgym:" imports FailGym by itself, in worker processes too.
env = gym.make("failgym:FailGym/PickCube-v0", perturbations=["no_close"])
observation, info = env.reset(seed=7)
print("instruction:", info["instruction"])
print(info["plan"])
print("drawn for this episode:", info["injections"][0]["params"])

# ee_delta: metres, a rotation vector in rad, and how far the gripper is closed (0 open .. 1 closed).
down = np.array([0.0, 0.0, -0.01, 0.0, 0.0, 0.0, 0.0], dtype=np.float32)
for _ in range(10):
    observation, reward, terminated, truncated, info = env.step(down)
print("state:", observation.shape, "stage:", info["stage"], "success:", info["success"])
env.close()
