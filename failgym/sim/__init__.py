"""MuJoCo: scenes, robots, control, rendering, physics events."""
