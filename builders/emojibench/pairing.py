"""Pairs of photographs, generated portraits and recordings, which are nobody's plan: how such a portrait looks in another's motion is not known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.files import seed_from

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """One portrait or clip, as far as pairing goes."""

    id: str
    split: str
    style: str
    identity_id: str
    family: str = ""
    """Of a clip."""


def still_pairs(portraits: Sequence[Member], clips: Sequence[Member], count: int) -> list[Row]:
    """Returns pairs of every portrait with `count` clips of others in its split, the families in turns; fewer where there are fewer clips."""
    return [_pair(portrait, clip) for portrait in portraits for clip in _chosen(portrait, clips, count)]


def recorded_pairs(recordings: Sequence[Member], portraits: Sequence[Member]) -> list[Row]:
    """Returns pairs in which every recording drives one portrait of each style in its split, and none of its own identity."""
    pairs = []
    for clip in recordings:
        others = [one for one in portraits if one.split == clip.split and one.identity_id != clip.identity_id]
        for style in sorted({one.style for one in others}):
            drawn = min((one for one in others if one.style == style), key=lambda one: seed_from("emojibench driven", clip.id, one.id))
            pairs.append(_pair(drawn, clip))
    return pairs


def _chosen(portrait: Member, clips: Sequence[Member], count: int) -> list[Member]:
    left = sorted(
        (clip for clip in clips if clip.split == portrait.split and clip.identity_id != portrait.identity_id),
        key=lambda clip: seed_from("emojibench driver", portrait.id, clip.id),
    )
    families = sorted({clip.family for clip in left})
    turns = {clip.id: [other for other in left if other.family == clip.family].index(clip) for clip in left}
    return sorted(left, key=lambda clip: (turns[clip.id], families.index(clip.family)))[:count]


def _pair(portrait: Member, clip: Member) -> Row:
    return {"id": f"cross-{portrait.id}-by-{clip.id}", "split": clip.split, "portrait_id": portrait.id, "clip_id": clip.id, "target_id": None}
