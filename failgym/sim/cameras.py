"""Cameras: the standard rig, intrinsics and poses, projection, and what a camera can see of an object.

Camera frames follow OpenCV: x right, y down, z forward. Pixel coordinates are (column, row) with the origin in the
top-left corner and integers at pixel centres, so a point projected to (3.0, 7.0) is shown by ``image[7, 3]``.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from numpy.typing import ArrayLike, NDArray

from failgym.errors import UnknownNameError
from failgym.sim import rays

HAND = "hand"
"""Stands for the hand of the robot in use, as the body of a camera."""

_OPENCV_FROM_MUJOCO = np.diag([1.0, -1.0, -1.0])
_VERSION = tuple(int(part) for part in mujoco.__version__.split(".")[:2])
_PRINCIPAL_SIGNS = (-1.0, -1.0 if _VERSION >= (3, 6) else 1.0)  # MuJoCo 3.6 turned the vertical one round
_SPREAD = np.vstack([np.zeros(3), rays.CORNERS])
_TOUCH = 1e-4  # metres by which a ray may stop short of a point and still count as having reached it


def _unit(vector: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float64)


@dataclass(frozen=True)
class CameraSpec:
    """A camera placed by position and target, in the frame of the body that carries it."""

    name: str
    """Name in the model and in observations."""
    pos: tuple[float, float, float]
    """Position in metres, in the frame of `body`."""
    target: tuple[float, float, float]
    """Point it looks at, metres, in the frame of `body`."""
    fovy_deg: float = 40.0
    """Vertical field of view, degrees."""
    body: str = "world"
    """Name of the body that carries the camera, or `HAND`."""
    up: tuple[float, float, float] = (0.0, 0.0, 1.0)
    """Direction that points up in the image, in the frame of `body`."""

    @property
    def quat_wxyz(self) -> NDArray[np.float64]:
        """Orientation in the frame of `body`, as MuJoCo wants it: looking along -z, y up, x right."""
        backward = _unit(np.subtract(self.pos, self.target))
        right = _unit(np.cross(self.up, backward))
        quat = np.empty(4)
        mujoco.mju_mat2Quat(quat, np.column_stack([right, np.cross(backward, right), backward]).reshape(-1))
        return quat


CAMERAS: dict[str, CameraSpec] = {
    camera.name: camera
    for camera in (
        CameraSpec("front", pos=(1.50, 0.0, 0.90), target=(0.42, 0.0, 0.14)),
        CameraSpec("left", pos=(-0.05, 1.00, 0.85), target=(0.58, 0.0, 0.12)),
        CameraSpec("right", pos=(-0.05, -1.00, 0.85), target=(0.58, 0.0, 0.12)),
        CameraSpec(
            "wrist", pos=(0.10, 0.0, 0.04), target=(0.0, 0.0, 0.19), fovy_deg=75.0, body=HAND, up=(1.0, 0.0, 0.0)
        ),
    )
}
"""The standard rig: robot base at the world origin, +x forward, +y left, +z up, table top at z = 0.

`front` faces the robot; `left` and `right` look over its shoulders, so they see the fronts of what faces it.
"""


def add_camera(spec: mujoco.MjSpec, camera: CameraSpec, hand: str = HAND) -> mujoco.MjsCamera:
    """Add a camera to a scene under construction.

    Args:
        spec: The `MjSpec` of the scene.
        camera: What to add.
        hand: Name of the body that is the hand of the robot in the scene; it carries the cameras whose body is `HAND`.

    Returns:
        The new `MjsCamera`.

    Raises:
        UnknownNameError: If the scene has no such body.
    """
    name = hand if camera.body == HAND else camera.body
    carrier = spec.worldbody if name == "world" else spec.body(name)
    if carrier is None:
        raise UnknownNameError("body", name, [known.name for known in spec.bodies])
    return carrier.add_camera(name=camera.name, pos=camera.pos, quat=camera.quat_wxyz, fovy=camera.fovy_deg)


def camera_id(model: mujoco.MjModel, camera: str) -> int:
    """Index of a camera in a model.

    Raises:
        UnknownNameError: If the model has no camera of that name.
    """
    found = int(mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_CAMERA, camera))
    if found < 0:
        raise UnknownNameError("camera", camera, [model.camera(i).name for i in range(model.ncam)])
    return found


def intrinsics(model: mujoco.MjModel, camera: str, size: tuple[int, int]) -> NDArray[np.float64]:
    """Pinhole matrix of a camera, for images of a size.

    Args:
        model: The `MjModel`.
        camera: Name of the camera.
        size: (width, height) in pixels.

    Returns:
        (3, 3) matrix K in pixels, without skew.

    Raises:
        UnknownNameError: If the model has no camera of that name.
    """
    index = camera_id(model, camera)
    width, height = size
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    sensor = np.asarray(model.cam_sensorsize[index], dtype=np.float64)
    if sensor.all():
        pixels_per_metre = np.array([width, height]) / sensor
        lens = np.asarray(model.cam_intrinsic[index], dtype=np.float64)
        focal = lens[:2] * pixels_per_metre
        centre = centre + lens[2:] * pixels_per_metre * _PRINCIPAL_SIGNS
    else:
        focal = np.full(2, height / 2 / np.tan(np.radians(model.cam_fovy[index]) / 2))
    return np.array([[focal[0], 0.0, centre[0]], [0.0, focal[1], centre[1]], [0.0, 0.0, 1.0]])


def extrinsics(model: mujoco.MjModel, data: mujoco.MjData, camera: str) -> NDArray[np.float64]:
    """Pose of a camera now: world from camera.

    Args:
        model: The `MjModel`.
        data: Its `MjData`, with kinematics up to date.
        camera: Name of the camera.

    Returns:
        (4, 4) homogeneous matrix that takes points from the camera frame (OpenCV) to the world frame, metres.

    Raises:
        UnknownNameError: If the model has no camera of that name.
    """
    index = camera_id(model, camera)
    pose = np.eye(4)
    pose[:3, :3] = data.cam_xmat[index].reshape(3, 3) @ _OPENCV_FROM_MUJOCO
    pose[:3, 3] = data.cam_xpos[index]
    return pose


def project(
    points: ArrayLike, k: NDArray[np.float64], world_from_camera: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project world points into an image.

    Args:
        points: (N, 3) or (3,) points, world frame, metres.
        k: (3, 3) pinhole matrix, from `intrinsics`.
        world_from_camera: (4, 4) camera pose, from `extrinsics`.

    Returns:
        (N, 2) pixel positions (column, row), NaN for points not in front of the camera and outside the image for
        points beside it; (N,) depths along the optical axis in metres.
    """
    offsets = np.asarray(points, dtype=np.float64).reshape(-1, 3) - world_from_camera[:3, 3]
    image = offsets @ world_from_camera[:3, :3] @ k.T
    depth = image[:, 2]
    ahead = np.where(depth > 0, depth, np.nan)
    return image[:, :2] / ahead[:, None], depth.copy()


def body_geoms(model: mujoco.MjModel, body: str) -> tuple[int, ...]:
    """Ids of the visible geoms of a body and of everything fixed to or jointed below it.

    Raises:
        UnknownNameError: If the model has no body of that name.
    """
    root = int(mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, body))
    if root < 0:
        raise UnknownNameError("body", body, [model.body(i).name for i in range(model.nbody)])
    members = {root}
    for index in range(root + 1, model.nbody):
        if int(model.body_parentid[index]) in members:
            members.add(index)
    shown = np.asarray(rays.VISIBLE_GROUPS, dtype=bool)[model.geom_group]
    return tuple(int(i) for i in np.flatnonzero(np.isin(model.geom_bodyid, list(members)) & shown))


def sample_points(
    model: mujoco.MjModel, data: mujoco.MjData, geom_ids: Collection[int], inset: float = 0.8
) -> NDArray[np.float64]:
    """Points spread over geoms, for `visibility`: the middle of each geom and the eight corners of its shrunken box.

    Args:
        model: The `MjModel`.
        data: Its `MjData`, with kinematics up to date.
        geom_ids: Geoms to cover.
        inset: Half extent of the corners as a fraction of the bounding box, 0 to 1.

    Returns:
        (9 * number of geoms, 3) points, world frame, metres.
    """
    index = np.asarray(tuple(geom_ids), dtype=np.intp)
    box = rays.boxes(model, index)[:, None, :]
    local = box[..., :3] + inset * _SPREAD * box[..., 3:]
    turned = np.einsum("gij,gpj->gpi", data.geom_xmat[index].reshape(-1, 3, 3), local)
    points: NDArray[np.float64] = (turned + data.geom_xpos[index, None]).reshape(-1, 3)
    return points


def visibility(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    camera: str,
    points: ArrayLike,
    geom_ids: Collection[int],
    size: tuple[int, int] = (1, 1),
) -> float:
    """Share of an object that a camera sees.

    A point counts as seen if it lies inside the image and nothing but the object itself stands between it and the
    camera. Costs one ray per point inside the image.

    Args:
        model: The `MjModel`.
        data: Its `MjData`, with kinematics up to date.
        camera: Name of the camera.
        points: (N, 3) points on or in the object, world frame, metres; `sample_points` makes them.
        geom_ids: Geoms of the object; `body_geoms` finds them.
        size: (width, height) of the image; only the ratio matters.

    Returns:
        Fraction of the points seen, 0 to 1; 0 if there are no points.

    Raises:
        UnknownNameError: If the model has no camera of that name.
    """
    pose = extrinsics(model, data, camera)
    k = intrinsics(model, camera, size)
    offsets = np.asarray(points, dtype=np.float64).reshape(-1, 3) - pose[:3, 3]
    image = offsets @ pose[:3, :3] @ k.T
    across, down, depth = image.T
    # Pixels reach half a pixel beyond their centres; multiplied out, so that no depth is divided by.
    inside = (depth > 0) & (across > -0.5 * depth) & (across < (size[0] - 0.5) * depth)
    inside &= (down > -0.5 * depth) & (down < (size[1] - 0.5) * depth)
    ahead = offsets[inside]
    if not len(ahead):
        return 0.0
    reach = np.sqrt(np.einsum("ni,ni->n", ahead, ahead))
    hits = rays.cast(model, data, pose[:3, 3], ahead / reach[:, None])
    own = np.zeros(model.ngeom + 1, dtype=bool)  # the last stands for "nothing met"
    own[list(geom_ids)] = True
    own[-1] = True
    seen = own[hits.geom_ids] | (hits.distances >= reach - _TOUCH)
    return float(np.count_nonzero(seen) / len(offsets))
