"""What the property tests of fixes draw, and how they compare."""

import math

from hypothesis import strategies as st

from failgym.labels import Fix, Stage

ARMS = (None, "left", "right", "both")
NAMES = st.from_regex(r"[a-z]{2,8}( [a-z]{2,8}){0,2}", fullmatch=True)
METRES = st.floats(-0.5, 0.5)
RADIANS = st.floats(-3.2, 3.2)
CLOSURES = st.floats(0, 1)


def vectors(numbers):
    return st.tuples(numbers, numbers, numbers)


@st.composite
def fixes(draw, arms=ARMS):
    """Draw a fix of any kind, with when and which arm or without."""
    where = {
        "stage": draw(st.none() | st.sampled_from(Stage)),
        "subtask": draw(st.none() | st.integers(0, 20)),
        "arm": draw(st.sampled_from(arms)),
    }
    kinds = (
        st.builds(lambda closure: Fix.gripper(closure, **where), CLOSURES),
        st.builds(
            lambda v, closure: Fix.translation(v, closure=closure, **where), vectors(METRES), st.none() | CLOSURES
        ),
        st.builds(lambda v, closure: Fix.rotation(v, closure=closure, **where), vectors(RADIANS), st.none() | CLOSURES),
        st.builds(lambda metres: Fix.stroke(metres, **where), METRES),
        st.builds(lambda metres, radians: Fix.stroke(metres, radians, **where), st.none() | METRES, RADIANS),
        st.builds(lambda name: Fix.retarget(name, **where), st.none() | NAMES),
        st.just(Fix.hold(**where)),
        st.just(Fix.rewind(**where)),
        st.builds(
            lambda lines: Fix.replan("\n".join(lines), stage=where["stage"], subtask=where["subtask"]),
            st.lists(NAMES, min_size=1, max_size=4),
        ),
    )
    return draw(st.one_of(*kinds))


def close_to(read, given, *, metres, radians, closure):
    """Whether two fixes are the same within the quantisation of a text."""
    slack = {"gripper_closure": closure, "translation_m": metres, "stroke_m": metres}
    slack |= {"rotation_rad": radians, "stroke_rad": radians}
    for name in Fix.__dataclass_fields__:
        left, right = getattr(read, name), getattr(given, name)
        if name not in slack or left is None or right is None:
            if left != right:
                return False
        else:
            pairs = zip(left, right, strict=True) if isinstance(left, tuple) else [(left, right)]
            if any(not math.isclose(a, b, abs_tol=slack[name] + 1e-9) for a, b in pairs):
                return False
    return True
