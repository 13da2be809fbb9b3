"""Pictures of a MuJoCo scene: by OpenGL where there is a driver, by ray casting anywhere."""

from failgym.sim.render.encode import decode, jpeg, png
from failgym.sim.render.renderer import Channel, Profile, Renderer, make_renderer

__all__ = ["Channel", "Profile", "Renderer", "decode", "jpeg", "make_renderer", "png"]
