"""PPO of Stable-Baselines3 on an environment that fails in every third episode. Needs: pip install 'failgym[rl]'."""

import sys

import gymnasium as gym
from stable_baselines3 import PPO

import failgym

STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000

env = gym.make("failgym:FailGym/PickCube-v0", reward_mode="dense", perturbations=[failgym.maybe("weak_close", 0.33)])
model = PPO("MlpPolicy", env, n_steps=512, seed=0, device="cpu")
model.learn(STEPS)

successes = 0
for seed in range(5):
    observation, info = env.reset(seed=seed)
    terminated = truncated = False
    while not (terminated or truncated):
        action, _ = model.predict(observation, deterministic=True)
        observation, reward, terminated, truncated, info = env.step(action)
    successes += info["is_success"]
print(f"{successes} of 5 episodes succeeded after {STEPS} steps")
env.close()
