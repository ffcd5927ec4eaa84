"""MediaPipe's face mesh with irises as a scheme, and its reduction to the 70 points that published datasets hold.

The numbers are those of MediaPipe 0.10.21's `face_mesh_connections`, ordered into lines. MediaPipe's left and right are the person's; the scheme's are the
picture's.
"""

from collections.abc import Mapping
from dataclasses import replace

from hub.faces.landmarks import FACE_70, FaceTrack, LandmarkScheme, Line, SchemeName

MEDIAPIPE_478 = LandmarkScheme(
    name="mediapipe_478",
    count=478,
    eyes=(
        (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
        (362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382),
    ),
    brows=((46, 53, 52, 65, 55, 107, 66, 105, 63, 70), (276, 283, 282, 295, 285, 336, 296, 334, 293, 300)),
    outer_lips=(61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146),
    inner_lips=(78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95),
    nose=(168, 6, 197, 195, 5, 4, 98, 97, 2, 326, 327),
    oval=(
        *(127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 356),
        *(389, 251, 284, 332, 297, 338, 10, 109, 67, 103, 54, 21, 162, 127),
    ),
    pupils=(468, 473),
    ears=(127, 356),
)
"""The 468 points of the mesh and five of each iris. A brow's line runs along its lower edge and back along the upper;
the oval comes back to where it began."""

SCHEMES: Mapping[SchemeName, LandmarkScheme] = {scheme.name: scheme for scheme in (FACE_70, MEDIAPIPE_478)}

_JAW: Line = (127, 234, 93, 132, 58, 136, 150, 176, 152, 400, 379, 365, 288, 361, 323, 454, 356)
_BROWS: Line = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300)
_NOSE: Line = (168, 197, 5, 4, 98, 97, 2, 326, 327)
_EYES: Line = (33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380)
_LIPS: Line = (61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87)
FACE_70_FROM_MEDIAPIPE: Line = (*_JAW, *_BROWS, *_NOSE, *_EYES, *_LIPS, *MEDIAPIPE_478.pupils)
"""The mesh point that stands for each of the 70. Nobody defines such a map: the usual one, with the jaw on the oval from eye to eye."""


def to_face_70(track: FaceTrack) -> FaceTrack:
    """Returns a track in the scheme FACE_70; one that already is comes back as it is."""
    if track.scheme.name == FACE_70.name:
        return track
    chosen = list(FACE_70_FROM_MEDIAPIPE)
    return replace(track, scheme=FACE_70, points=track.points[:, chosen], visible=track.visible[:, chosen])
