"""From the profile to raw tables: portraits and clips are rendered, more portraits drawn from prompts if asked for, photographs and recordings kept."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from builders.emojibench.options import Options, read_options
from builders.emojibench.pairing import Member, recorded_pairs, still_pairs
from builders.emojibench.planning import Plan, PlannedClip, PlannedPortrait, plan
from builders.emojibench.prompts import prompted_portraits, read_prompts
from builders.emojibench.tables import DETECTED, RAW_DRIVING, RAW_PAIRS, RAW_PORTRAITS, frame_id
from hub.console import progress, say
from hub.curate.images import read_drawn
from hub.engine import ImageRequest, open_image_engine
from hub.engine.provenance import encode_png
from hub.engine.render import Picture
from hub.errors import DeclarationError
from hub.faces import FaceTrack
from hub.faces.detection import detector_spec, start_detector
from hub.faces.mediapipe_478 import to_face_70
from hub.files import seed_from
from hub.generate.pictures import PictureJob
from hub.spec.engine import DiffusersEngineSpec, RenderEngineSpec
from hub.tables import Tables, table_of

Pixels = npt.NDArray[np.uint8]
Row = dict[str, Any]
_RENDERER = "render"


@dataclass
class Raw:
    """The rows that generation leaves behind, table by table."""

    portraits: list[Row] = field(default_factory=list)
    driving: list[Row] = field(default_factory=list)
    pairs_self: list[Row] = field(default_factory=list)
    pairs_cross: list[Row] = field(default_factory=list)
    detected: list[Row] = field(default_factory=list)

    def tables(self) -> dict[str, pa.Table]:
        return {
            "portraits": table_of(self.portraits, RAW_PORTRAITS),
            "driving": table_of(self.driving, RAW_DRIVING),
            "pairs_self": table_of(self.pairs_self, RAW_PAIRS),
            "pairs_cross": table_of(self.pairs_cross, RAW_PAIRS),
            "detected": table_of(self.detected, DETECTED),
        }


def generate(job: PictureJob) -> Tables:
    """Has everything drawn, reads what comes from elsewhere, and returns the raw tables.

    Raises:
        DeclarationError: the options do not fit the engine.
        EmohubError: a recording cannot be read, or faces cannot be looked for in recordings.
    """
    options = read_options(job.settings.options)
    engine = job.settings.engine
    if isinstance(engine, DiffusersEngineSpec) != bool(options.generated):
        raise DeclarationError(
            f"datasets.emojibench.options.generated is {options.generated} and the engine is {engine.kind!r}: "
            "a text-to-image engine draws at least one portrait from a prompt, and the render engine none"
        )
    raw = Raw()
    _add_planned(job, plan(options, job.spec.default_configuration.shares, job.folder), options, raw)
    if isinstance(engine, DiffusersEngineSpec):
        _add_generated(job, engine, options, raw)
    if options.photos:
        _add_photos(job, raw)
    if options.videos is not None:
        _add_videos(job, options, raw)
    _add_still_pairs(options, raw)
    return raw.tables()


def _add_planned(job: PictureJob, planned: Plan, options: Options, raw: Raw) -> None:
    """Renders what is planned, whichever engine draws the rest."""
    size = job.settings.size
    requests = [_request(one.id, one.picture, size) for one in planned.portraits]
    requests += [_request(frame_id(clip.id, number), picture, size) for clip in planned.clips for number, picture in enumerate(clip.pictures)]
    if isinstance(job.settings.engine, RenderEngineSpec):
        job.draw(requests)
    else:
        with open_image_engine(RenderEngineSpec(kind="render")) as renderer:
            job.draw(requests, renderer)
    rendered = {"source": "rendered", "prompt": "", "engine": _RENDERER, "licence": job.spec.licence, "credit": ""}
    raw.portraits += [{**_who(one), **rendered, "gaze": _gaze([one.picture]), "seed": one.picture.seed} for one in planned.portraits]
    for clip in planned.clips:
        motion = {"family": clip.family, "motion": clip.motion, "motion_seed": clip.motion_seed, "role": clip.role, "fps": options.fps}
        made = {"frame_count": len(clip.pictures), "gaze": _gaze(clip.pictures), "seed": clip.pictures[0].seed}
        raw.driving.append({**_who(clip), **rendered, **motion, **made})
    for pairs, rows in ((planned.self_pairs, raw.pairs_self), (planned.cross_pairs, raw.pairs_cross)):
        rows += [{name: getattr(pair, name) for name in RAW_PAIRS.names} for pair in pairs]


def _add_generated(job: PictureJob, engine: DiffusersEngineSpec, options: Options, raw: Raw) -> None:
    """Has portraits drawn from prompts, and looks for their faces where a detector is at hand."""
    prompts = read_prompts(job.folder)
    negative = ", ".join(text for text in (engine.negative_prompt, prompts.negative) if text)
    asked = list(prompted_portraits(options.generated, prompts))
    job.draw([ImageRequest(one.id, one.prompt, negative, None, job.settings.size, one.seed) for one in asked])
    made = {"split": "test", "source": "generated", "engine": f"diffusers:{engine.model}", "licence": job.spec.licence, "credit": "", "gaze": []}
    raw.portraits += [{**made, "id": one.id, "style": one.style, "identity_id": one.id, "prompt": one.prompt, "seed": one.seed} for one in asked]
    raw.detected += _faces_of({one.id for one in asked}, job)


def _faces_of(ids: set[str], job: PictureJob) -> list[Row]:
    """The faces that a detector finds in drawn pictures; none where there is no detector."""
    detector = detector_spec()
    if not detector.python.is_file():
        say(f"{job.spec.name}: {len(ids):,} generated portraits stay without landmarks: there is no environment that finds faces (`make env-faces`)")
        return []
    size, found = job.settings.size, []
    with start_detector(detector, size, size) as running, progress(f"{job.spec.name}: looking for faces", len(ids)) as tick:
        for drawn in read_drawn(job.images, ["id", "image"]):
            if drawn["id"] in ids:
                track = to_face_70(running.track([_decoded(drawn["image"])]))
                found += _detected([str(drawn["id"])], track, running.name)
                tick()
    return found


def _add_photos(job: PictureJob, raw: Raw) -> None:
    from builders.emojibench.photos import read_photos

    photos = read_photos(job.settings.size)
    job.keep({f"photo-{photo.id}": encode_png(photo.image) for photo in photos})
    for photo in photos:
        id = f"photo-{photo.id}"
        who = {"id": id, "split": "test", "style": "photo", "identity_id": id, "source": "photograph"}
        raw.portraits.append({**who, "gaze": [], "prompt": "", "engine": "", "seed": None, "licence": photo.licence, "credit": photo.source})
        if photo.face is not None:
            raw.detected += _detected([id], to_face_70(photo.face), photo.detector)


def _add_videos(job: PictureJob, options: Options, raw: Raw) -> None:
    """Keeps a user's recordings: each is a clip, its first frame the portrait of whom it shows, and it drives others of its split."""
    from builders.emojibench.videos import read_recordings

    assert options.videos is not None and options.videos_licence is not None
    recordings = read_recordings(job.folder.parents[1] / options.videos, job.settings.size, options.frames, options.fps, detector_spec())
    split = options.videos_split
    for one in recordings:
        portrait, frames = f"{one.id}-first", [frame_id(one.id, number) for number in range(len(one.frames))]
        job.keep(dict(zip([portrait, *frames], map(encode_png, [one.frames[0], *one.frames]), strict=True)))
        who = {"split": split, "style": "photo", "identity_id": one.identity_id, "source": "video"}
        lineage: Row = {"prompt": "", "engine": "", "seed": None, "licence": options.videos_licence, "credit": one.file, "gaze": []}
        raw.portraits.append({"id": portrait, **who, **lineage})
        motion = {"family": "video", "motion": "", "motion_seed": None, "role": "self", "frame_count": len(frames), "fps": options.fps}
        raw.driving.append({"id": one.id, **who, **lineage, **motion})
        raw.detected += _detected([portrait, *frames], one.face.frames([0, *range(len(frames))]), one.detector)
        raw.pairs_self.append({"id": f"self-{one.id}", "split": split, "portrait_id": portrait, "clip_id": one.id, "target_id": one.id})


def _add_still_pairs(options: Options, raw: Raw) -> None:
    portraits = [(row["source"], Member(row["id"], row["split"], row["style"], row["identity_id"])) for row in raw.portraits]
    clips = [(row["source"], Member(row["id"], row["split"], row["style"], row["identity_id"], row["family"])) for row in raw.driving if row["role"] == "self"]
    rendered = [clip for source, clip in clips if source == "rendered" and clip.style == "human"]
    raw.pairs_cross += still_pairs([one for source, one in portraits if source != "rendered" and one.split != "train"], rendered, options.portrait_clips)
    recorded = [clip for source, clip in clips if source == "video" and clip.split != "train"]
    raw.pairs_cross += recorded_pairs(recorded, [one for source, one in portraits if source != "video"])


def _request(id: str, picture: Picture, size: int) -> ImageRequest:
    return ImageRequest(id, "", "", picture, size, seed_from("emojibench picture", id))


def _who(one: PlannedPortrait | PlannedClip) -> Row:
    return {"id": one.id, "split": one.split, "style": one.style, "identity_id": one.identity_id}


def _gaze(pictures: Sequence[Picture]) -> list[tuple[float, float]]:
    return [picture.person.expression.gaze for picture in pictures if picture.person is not None]


def _detected(ids: Sequence[str], face: FaceTrack, detector: str) -> list[Row]:
    """Rows of the pictures in which a face was found."""
    return [
        {
            "id": id,
            "detector": detector,
            "face_points": face.points[number].ravel().tolist(),
            "face_visible": face.visible[number].tolist(),
            "rotation": face.rotation[number].tolist(),
        }
        for number, id in enumerate(ids)
        if number not in face.missing
    ]


def _decoded(png: object) -> Pixels:
    from PIL import Image

    assert isinstance(png, bytes)
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGB"))
