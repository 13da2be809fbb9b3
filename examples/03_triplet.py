"""A certified triplet: nominal, failed and corrected run from one snapshot; with a path, a clip of it (WebP)."""

import sys

import imageio.v3 as iio

import failgym
from failgym.generate import Recording

recording = Recording(boundaries=False, every_steps=2) if len(sys.argv) > 1 else None
look = {"cameras": ("front",), "image_size": (400, 300), "render_profile": "shadow"} if recording else {}
triplet = failgym.generate.triplet("FailGym/StackBlocks-v0", "slip", seed=21, recording=recording, **look)

certificate = triplet.certificate
print("instruction:", triplet.nominal.instruction)
print("holds:", certificate.holds)
print("nominal succeeded:", certificate.nominal_success, " injected succeeded:", certificate.injected_success)
print("why it failed:", certificate.reason, f"(step {certificate.onset}, {certificate.stage})")
print("fix:", certificate.fix.text)
print("fixed at the keyframe:", certificate.avoid_success, " repaired afterwards:", certificate.recover_success)

replay = failgym.generate.replay(certificate)
print("executed again, bit-identical:", replay.matches and replay.bitwise)

if len(sys.argv) > 1:
    pictures = iio.imread(failgym.report.side_by_side(triplet, crf=12), plugin="pyav")
    iio.imwrite(sys.argv[1], pictures, extension=".webp", duration=100, loop=0, quality=78, method=4)
