"""Ways to say what goes wrong: names, ranges, a choice per episode, now and then, or a paper's set."""

import gymnasium as gym

import failgym

CHOICES = {
    "a name": ["slip"],
    "a range": [{"name": "translation", "distance": [0.02, 0.04]}],
    "one of several, anew in each episode": [failgym.one_of("no_close", "rotation", "human_intervention")],
    "in every second episode": [failgym.maybe("delay_close", 0.5)],
    "a paper's set, one in each episode": [failgym.one_of(*failgym.suite("dream2fix"))],
}

for what, perturbations in CHOICES.items():
    env = gym.make("failgym:FailGym/PickCube-v0", control_mode="keypose", perturbations=perturbations)
    print(what)
    for seed in range(3):
        episode = failgym.rollout(env, seed=seed)
        injected = ", ".join(injection.name for injection in episode.injections) or "nothing injected"
        print(f"  seed {seed}: {injected} -> {'success' if episode.outcome.success else 'failure'}")
    env.close()
