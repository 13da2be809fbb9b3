"""Robots in the clothes of robosuite's meshes, for figures: what is drawn changes, what moves and collides does not."""

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import mujoco
import numpy as np

from failgym.errors import ConfigurationError, MissingExtraError
from failgym.rotations import multiply, rotate
from failgym.sim.robots.robot import VISUAL_GROUP, RobotModel

Numbers = tuple[float, ...]

PACKAGE = "robosuite"
"""Where the meshes come from; FailGym has none of its own."""

_STRAIGHT = (1.0, 0.0, 0.0, 0.0)
_HALF_TURN = (0.0, 0.0, 0.0, 1.0)
_QUARTER = 0.7071067811865476
_CENTRE = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class _Piece:
    """What one of our bodies wears: the meshes of a body of robosuite, and where that body is in the frame of ours."""

    body: str
    """Our body, without the prefix of the arm."""
    source: str
    """Description in robosuite's assets."""
    part: str
    """Name of the body in it."""
    pos: Numbers = _CENTRE
    quat_wxyz: Numbers = _STRAIGHT


_PANDA = "robots/panda/robot.xml"
_PANDA_HAND = "grippers/panda_gripper.xml"
_UR5E = "robots/ur5e/robot.xml"

_WARDROBE: dict[str, tuple[_Piece, ...]] = {
    "panda": (
        *(_Piece(f"link{index}", _PANDA, f"link{index}") for index in range(8)),
        _Piece("hand", _PANDA_HAND, "right_gripper", quat_wxyz=(_QUARTER, 0.0, 0.0, -_QUARTER)),
        _Piece("finger_left", _PANDA_HAND, "leftfinger"),
        _Piece("finger_right", _PANDA_HAND, "rightfinger", quat_wxyz=_HALF_TURN),
    ),
    # Without the gripper: the fingers of a Robotiq 85 hang on linkages, which slides cannot carry. It keeps its shells.
    # Both describe the same arm at joint angles of zero, from frames that differ by these.
    "ur5e": (
        _Piece("base", _UR5E, "fixed_base_link", quat_wxyz=_HALF_TURN),
        _Piece("link1", _UR5E, "shoulder_link", quat_wxyz=_HALF_TURN),
        _Piece("link2", _UR5E, "upper_arm_link", (0.0, 0.0, 0.138), (0.5, 0.5, -0.5, -0.5)),
        _Piece("link3", _UR5E, "forearm_link", (0.0, 0.0, 0.007), (0.5, 0.5, -0.5, -0.5)),
        _Piece("link4", _UR5E, "wrist_1_link", (0.0, 0.0, -0.127), (_QUARTER, _QUARTER, 0.0, 0.0)),
        _Piece("link5", _UR5E, "wrist_2_link", (0.0, 0.0, -0.0997)),
        _Piece("link6", _UR5E, "wrist_3_link", (0.0, 0.0, -0.0989), (_QUARTER, _QUARTER, 0.0, 0.0)),
    ),
}


class _Mesh(NamedTuple):
    """One drawn mesh of a body of robosuite, in the frame of that body."""

    name: str
    file: Path
    pos: Numbers
    quat_wxyz: Numbers
    rgba: Numbers
    specular: float
    shininess: float


def dress(spec: mujoco.MjSpec, robot: RobotModel) -> None:
    """Draw a robot with the meshes of the installed robosuite instead of its shells.

    Masses, joints, servos and colliding geoms stay as they are, so an episode is the same to the last bit. Parts that
    robosuite has no fitting mesh for keep their shells.

    Args:
        spec: A scene under construction that has the robot already, and its partner if it is one of a pair.
        robot: The robot.

    Raises:
        ConfigurationError: there are no meshes for this robot, or the installed robosuite is not the one that is known.
        MissingExtraError: robosuite is not installed.
    """
    for arm in robot.arms:
        if arm.name not in _WARDROBE:
            raise ConfigurationError("visual", "mesh", f"robots {', '.join(_WARDROBE)}; this is {arm.name}")
    assets = _assets()
    for arm in robot.arms:
        for piece in _WARDROBE[arm.name]:
            _wear(spec, spec.body(f"{arm.prefix}_{piece.body}"), piece, assets)


def _wear(spec: mujoco.MjSpec, body: mujoco.MjsBody, piece: _Piece, assets: Path) -> None:
    for shell in [geom for geom in body.geoms if geom.group == VISUAL_GROUP]:
        spec.delete(shell)
    for mesh in _meshes(assets / piece.source, piece.part):
        if spec.mesh(mesh.name) is None:
            spec.add_mesh(name=mesh.name, file=str(mesh.file), inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL)
            # A material of the same name: colour and gloss belong to the mesh.
            look = {"rgba": list(mesh.rgba), "specular": mesh.specular, "shininess": mesh.shininess}
            spec.add_material(name=mesh.name, **look)
        geom = body.add_geom(type=mujoco.mjtGeom.mjGEOM_MESH, meshname=mesh.name, material=mesh.name)
        geom.pos = np.add(piece.pos, rotate(np.array(piece.quat_wxyz), np.array(mesh.pos)))
        geom.quat = multiply(np.array(piece.quat_wxyz), np.array(mesh.quat_wxyz))
        geom.contype = geom.conaffinity = 0
        geom.group = VISUAL_GROUP
        geom.mass = 0.0


def _assets() -> Path:
    """Folder of robosuite's models, found without importing it: that takes seconds and prints."""
    package = importlib.util.find_spec(PACKAGE)
    for place in (package.submodule_search_locations or ()) if package else ():
        assets = Path(place, "models", "assets")
        if assets.is_dir():
            return assets
    raise MissingExtraError(PACKAGE, PACKAGE)


def _meshes(source: Path, part: str) -> list[_Mesh]:
    """What is drawn of one body, and not of those below it."""
    try:
        root = ElementTree.parse(source).getroot()
        found = list(_drawn(root, part, source.parent))
    except (OSError, ElementTree.ParseError, KeyError, ValueError):
        found = []
    if not found or not all(mesh.file.is_file() for mesh in found):
        known = "the robosuite that 'failgym[robosuite]' installs"
        raise ConfigurationError("visual", "mesh", f"{known}; in this one, {source} has no meshes of {part}")
    return found


def _drawn(root: ElementTree.Element, part: str, folder: Path) -> Iterator[_Mesh]:
    files = {mesh.attrib["name"]: folder / mesh.attrib["file"] for mesh in root.iter("mesh")}
    materials = {material.attrib["name"]: material.attrib for material in root.iter("material")}
    for body in (body for body in root.iter("body") if body.get("name") == part):
        for geom in body.findall("geom"):
            if geom.get("type") == "mesh" and geom.get("contype") == geom.get("conaffinity") == "0":
                name = geom.attrib["mesh"]
                look = materials.get(geom.get("material", ""), geom.attrib)
                yield _Mesh(
                    f"{root.get('model')}_{name}",
                    files[name],
                    _numbers(geom.get("pos"), _CENTRE),
                    _numbers(geom.get("quat"), _STRAIGHT),
                    _numbers(look.get("rgba"), (1.0, 1.0, 1.0, 1.0)),
                    float(look.get("specular", 0.5)),
                    float(look.get("shininess", 0.5)),
                )


def _numbers(text: str | None, default: Numbers) -> Numbers:
    return default if text is None else tuple(float(number) for number in text.split())
