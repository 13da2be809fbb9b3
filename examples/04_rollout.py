"""What a verifier is worth: the same failing episodes with nobody watching, repeated blindly, and watched."""

import gymnasium as gym

import failgym
from failgym.metrics import Rate

EPISODES = 10
ARMS = {
    "no verifier": (None, None),
    "blind retry": (None, "blind-retry"),
    "gripper rules": ("gripper-rules", "replan"),
    "oracle": ("oracle", "replan"),
}

for name in ("translation", "wrong_object"):
    env = gym.make("failgym:FailGym/PickCube-v0", control_mode="keypose", perturbations=[name])
    print(name)
    for arm, (verifier, recovery) in ARMS.items():
        episodes = [failgym.rollout(env, verifier=verifier, recovery=recovery, seed=seed) for seed in range(EPISODES)]
        acted = sum(episode.interventions for episode in episodes)
        print(f"  {arm:15} success {Rate.of(e.outcome.success for e in episodes)}, recovery acted {acted} times")
    env.close()
