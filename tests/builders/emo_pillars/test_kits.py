"""Story kits: those of the repository are sound, and a wrong one is told plainly."""

from pathlib import Path

import pytest
import yaml

from builders.emo_pillars.kits import Kit, read_kits
from hub.errors import DeclarationError
from hub.spec import load
from hub.taxonomy import Taxonomy

FOLDER = Path(__file__).parents[3] / "builders" / "emo_pillars"


@pytest.fixture(scope="module")
def kits() -> list[Kit]:
    return read_kits(FOLDER / "kits")


def test_there_are_at_least_sixty_with_five_characters_each(kits: list[Kit]) -> None:
    assert len(kits) >= 60
    assert len({kit.plot for kit in kits}) == len(kits)
    for kit in kits:
        names = [character.name for character in kit.characters]
        assert len(set(names)) == len(names) >= 5, kit.id
        assert all(character.description for character in kit.characters), kit.id
        assert {moment.part for character in kit.characters for moment in character.moments} <= {"first", "second"}, kit.id


def test_every_line_is_written_for_a_class_and_all_classes_are_covered(kits: list[Kit]) -> None:
    taxonomy = Taxonomy.read(FOLDER / "labels.yaml")
    lines = [line for kit in kits for character in kit.characters for moment in character.moments for line in moment.lines]
    assert {taxonomy.map(line.emotion).label for line in lines} == set(taxonomy.labels)


def spoilt(folder: Path, change: dict[str, object]) -> Path:
    path = sorted((FOLDER / "kits").glob("*.yaml"))[0]
    kit = yaml.safe_load(path.read_text(encoding="utf-8")) | change
    target = folder / path.name
    target.write_text(yaml.safe_dump(kit), encoding="utf-8")
    return target


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"plot": "too short"}, "'plot': a plot has 120 to 200 words, this one 2"),
        ({"characters": []}, "'characters' is [] (a list): tuple should have at least 5 items"),
        ({"setting": None}, "'setting' is nothing, expected text"),
        ({"mood": "good"}, "unknown key 'mood'"),
    ],
)
def test_a_wrong_kit(tmp_path: Path, change: dict[str, object], expected: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        load(spoilt(tmp_path, change), Kit)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"labels": "joy", "utterance": "Yes!"}, "'joy' is not of the form 'emotion 0.7'"),
        ({"labels": "joy 1.7", "utterance": "Yes!"}, "'joy 1.7' is not of the form 'emotion 0.7'"),
        ({"labels": "joy 0.7, fear", "utterance": "Yes!"}, "'fear' is not of the form 'emotion 0.7'"),
        ({"labels": "joy 0.7", "utterance": "Yes!", "why": "It rained."}, "'why' and 'rewritten' go together"),
    ],
)
def test_a_wrong_line_is_told_with_its_place(tmp_path: Path, line: dict[str, str], expected: str) -> None:
    characters = [{"name": str(number), "description": "D", "moments": []} for number in range(4)]
    moments = [{"part": "first", "events": "E", "lines": [line]}]
    path = spoilt(tmp_path, {"characters": [*characters, {"name": "Ann", "description": "D", "moments": moments}]})
    with pytest.raises(DeclarationError) as caught:
        load(path, Kit)
    assert "characters.4.moments.0.lines.0" in str(caught.value)
    assert expected in str(caught.value)


def test_a_kit_under_another_name_is_refused(tmp_path: Path) -> None:
    spoilt(tmp_path, {}).rename(tmp_path / "other.yaml")
    with pytest.raises(DeclarationError, match=r"other\.yaml: 'id' is .*, but the file name says 'other'; make them the same"):
        read_kits(tmp_path)
