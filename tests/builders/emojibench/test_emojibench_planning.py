"""Which portraits, clips and pairs EmojiBench has."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from pydantic import ValidationError

from builders.emojibench.identities import PORTRAIT_STYLES, identity_of, look_of, scene_of, split_identities, style_of
from builders.emojibench.motion import FAMILIES
from builders.emojibench.planning import Options, PlannedClip, plan, still_of
from hub.engine.render import render
from hub.engine.render.checks import check
from hub.errors import DeclarationError

SHARES = {"train": 16 / 24, "validation": 3 / 24, "test": 5 / 24}
SMALL = Options(identities=12, clips=3, drivers=3, frames=5)
SMALL_SHARES = {"train": 0.5, "validation": 0.25, "test": 0.25}
PLAN = plan(Options(), SHARES)
CLIPS = {clip.id: clip for clip in PLAN.clips}


def test_everything_follows_from_the_options() -> None:
    assert plan(SMALL, SMALL_SHARES) == plan(SMALL, SMALL_SHARES)


def test_every_style_has_its_share_of_identities_in_every_split() -> None:
    for style in PORTRAIT_STYLES:
        assert Counter(p.split for p in PLAN.portraits if p.style == style) == {"train": 16, "validation": 3, "test": 5}
    assert len({p.id for p in PLAN.portraits}) == 96


def test_no_identity_is_in_two_splits() -> None:
    splits: dict[str, set[str]] = {}
    for one in (*PLAN.portraits, *PLAN.clips):
        splits.setdefault(one.identity_id, set()).add(one.split)
    assert all(len(found) == 1 for found in splits.values())


def test_an_identity_stays_in_its_split_whatever_the_other_options() -> None:
    placed = {p.id: p.split for p in PLAN.portraits}
    other = plan(Options(identities=24, clips=1, drivers=1, frames=2), SHARES)
    assert {p.id: p.split for p in other.portraits} == placed


def test_ids_are_unique_and_made_of_lower_case_letters_digits_and_hyphens() -> None:
    ids = [one.id for one in (*PLAN.portraits, *PLAN.clips, *PLAN.self_pairs, *PLAN.cross_pairs)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9-]+", id) for id in ids)


def test_pairs_join_to_portraits_and_clips_of_their_own_split() -> None:
    portraits = {p.id: p for p in PLAN.portraits}
    for pair in (*PLAN.self_pairs, *PLAN.cross_pairs):
        assert portraits[pair.portrait_id].split == CLIPS[pair.clip_id].split == CLIPS[pair.target_id].split == pair.split
        assert CLIPS[pair.target_id].identity_id == pair.portrait_id


def test_a_self_pair_is_driven_by_its_own_identity_and_every_self_clip_has_one() -> None:
    assert all(CLIPS[pair.clip_id].identity_id == pair.portrait_id and pair.target_id == pair.clip_id for pair in PLAN.self_pairs)
    assert sorted(pair.clip_id for pair in PLAN.self_pairs) == sorted(clip.id for clip in PLAN.clips if clip.role == "self")
    assert set(Counter(pair.portrait_id for pair in PLAN.self_pairs).values()) == {3}


def test_a_cross_pair_is_driven_by_another_person_and_held_out_from_training() -> None:
    for pair in PLAN.cross_pairs:
        driver, target = CLIPS[pair.clip_id], CLIPS[pair.target_id]
        assert driver.style == "human" and driver.role == "self" and driver.identity_id != pair.portrait_id
        assert target.role == "target"
        assert pair.split in ("validation", "test")


def test_every_held_out_identity_is_driven_by_different_clips_of_all_kinds() -> None:
    for portrait in PLAN.portraits:
        drivers = [CLIPS[pair.clip_id] for pair in PLAN.cross_pairs if pair.portrait_id == portrait.id]
        if portrait.split == "train":
            assert drivers == []
        else:
            kinds = Counter("face" if d.family in ("talking", "pupils") else d.family for d in drivers)
            assert kinds == {"exaggerated": 1, "face": 1, "turning": 1}


def test_a_target_has_the_drivers_motion_in_the_portraits_own_place() -> None:
    for pair in PLAN.cross_pairs:
        still = still_of(pair.portrait_id)
        driver, target = CLIPS[pair.clip_id], CLIPS[pair.target_id]
        assert (target.family, target.motion, target.motion_seed) == (driver.family, driver.motion, driver.motion_seed)
        driver_still = still_of(driver.identity_id)
        assert still.person is not None and driver_still.person is not None
        for own, theirs in zip(target.pictures, driver.pictures, strict=True):
            assert own.person is not None and theirs.person is not None
            assert own.person.expression == theirs.person.expression
            assert own.person.x - still.person.x == pytest.approx(theirs.person.x - driver_still.person.x, abs=2e-4)
            assert own.person.head / still.person.head == pytest.approx(theirs.person.head / driver_still.person.head, abs=1e-3)


def test_only_the_person_moves_between_the_frames_and_the_portrait() -> None:
    for clip in PLAN.clips:
        still = still_of(clip.identity_id)
        for picture in clip.pictures:
            assert replace(picture, person=None) == replace(still, person=None)
            assert picture.person is not None and still.person is not None
            assert picture.person.identity == still.person.identity


def test_families_are_balanced_in_every_split() -> None:
    for role in ("self", "target"):
        for split in SHARES:
            counts = Counter(clip.family for clip in PLAN.clips if clip.split == split and clip.role == role)
            if counts:
                assert counts["exaggerated"] == counts["turning"] == counts["talking"] + counts["pupils"]
                assert min(counts["talking"], counts["pupils"]) >= 0.25 * counts["turning"]


def test_every_motion_is_seen_in_training() -> None:
    assert len({clip.motion for clip in PLAN.clips if clip.split == "train"}) == 45


def test_two_clips_of_one_motion_do_not_move_alike() -> None:
    seeds = [clip.motion_seed for clip in PLAN.clips if clip.role == "self"]
    assert len(set(seeds)) == len(seeds)


def test_portraits_are_neutral_and_nearly_frontal() -> None:
    for portrait in PLAN.portraits:
        assert portrait.picture.person is not None
        expression = portrait.picture.person.expression
        assert not expression.action_units and expression.gaze == (0.0, 0.0)
        assert abs(expression.yaw) <= 8 and abs(expression.pitch) <= 4 and abs(expression.roll) <= 4


def test_the_renderer_can_draw_all_of_it() -> None:
    for one in PLAN.portraits:
        check(one.picture)
    for clip in PLAN.clips:
        for picture in clip.pictures:
            check(picture)


def widest(clips: list[PlannedClip]) -> list[PlannedClip]:
    """The clips whose heads turn, move or grow the most."""

    def extent(clip: PlannedClip) -> float:
        people = [picture.person for picture in clip.pictures if picture.person is not None]
        return max(
            abs(p.expression.pitch) / 25 + abs(p.expression.roll) / 20 + p.head + 2 * abs(p.y - 0.47) + p.expression.action_units.get(27, 0) for p in people
        )

    return sorted(clips, key=extent)[-8:]


def test_all_landmarks_are_inside_the_picture_even_where_heads_move_the_most() -> None:
    for clip in widest(list(PLAN.clips)):
        for picture in clip.pictures[::2]:
            face = render(picture, 128).truth.face
            assert face is not None
            assert face.points[:, :2].min() > 4 and face.points[:, :2].max() < 124


@pytest.mark.parametrize("style", PORTRAIT_STYLES)
def test_identities_look_like_their_style(style: str) -> None:
    people = {name: identity_of(name) for name in (f"{style}-{number:04d}" for number in range(60))}
    assert all(style_of(name) == style for name in people)
    assert len(set(people.values())) == 60
    assert all(one.glasses != "dark" for one in people.values())
    materials, species = {one.material for one in people.values()}, {one.species for one in people.values()}
    looks = {look_of(name) for name in people}
    assert materials == ({"marble", "bronze", "terracotta"} if style == "sculpture" else {"skin"})
    assert species == ({"cat", "dog", "bear", "rabbit"} if style == "animal" else {"human"})
    expected = {"human": {"realistic", "natural"}, "cartoon": {"cartoon"}, "sculpture": {"realistic"}, "animal": {"cartoon", "natural", "realistic"}}
    assert looks == expected[style]
    assert len({scene_of(name).place for name in people}) >= 6


@pytest.mark.parametrize("name", ["person-0001", "human-1", "human-00001", "human0001", "Human-0001", ""])
def test_what_is_no_identitys_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no identity of EmojiBench; names are one of human, cartoon, sculpture, animal"):
        identity_of(name)


def test_identities_are_dealt_by_style() -> None:
    dealt = split_identities("cartoon", 24, SHARES)
    assert [len(dealt[split]) for split in SHARES] == [16, 3, 5]
    assert dealt["test"] != tuple(name.replace("human", "cartoon") for name in split_identities("human", 24, SHARES)["test"])


def test_more_clips_and_drivers_than_kinds_are_planned_without_repeats() -> None:
    many = plan(Options(identities=12, clips=7, drivers=5, frames=2), SMALL_SHARES)
    per_identity = Counter(clip.identity_id for clip in many.clips if clip.role == "self")
    assert set(per_identity.values()) == {7}
    assert len({clip.id for clip in many.clips}) == len(many.clips)
    assert {clip.family for clip in many.clips} == set(FAMILIES)
    assert set(Counter(pair.portrait_id for pair in many.cross_pairs).values()) == {5}


def test_one_clip_an_identity_is_enough() -> None:
    few = plan(Options(identities=12, clips=1, drivers=1, frames=2), SMALL_SHARES)
    assert len(few.self_pairs) == 48 and len(few.cross_pairs) == 24


def test_a_split_with_one_person_is_refused() -> None:
    with pytest.raises(DeclarationError, match="of 6 in each style the split 'validation' gets 1; cross pairs need at least 2 people in it"):
        plan(Options(identities=6, frames=2), {"train": 0.6, "validation": 0.1, "test": 0.3})


@pytest.mark.parametrize("options", [{"identities": 2}, {"frames": 1}, {"clips": 0}, {"drivers": 40}, {"size": 128}])
def test_options_that_make_no_sense_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match=next(iter(options))):
        Options.model_validate(options)
