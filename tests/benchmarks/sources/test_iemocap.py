"""IEMOCAP's folders, made by hand: transcripts, and the labels beside them."""

from pathlib import Path

import pytest

from benchmarks.sources.iemocap import read
from hub.errors import EmohubError


def _dialogue(root: Path, session: int, name: str, turns: list[tuple[str, str, str]]) -> None:
    """Writes one dialogue of (speaker and number, text, label)."""
    dialog = root / f"Session{session}" / "dialog"
    for folder in ("transcriptions", "EmoEvaluation"):
        (dialog / folder).mkdir(parents=True, exist_ok=True)
    spoken = [f"{name}_{turn} [00{number}.2901-00{number + 2}.3579]: {text}" for number, (turn, text, _) in enumerate(turns)]
    (dialog / "transcriptions" / f"{name}.txt").write_text("\n".join([*spoken, "M: (an untimed remark)"]) + "\n", encoding="utf-8")
    (dialog / "transcriptions" / f"._{name}.txt").write_bytes(b"\x00\x05\x16\x07 left by another system")
    judged = [line for turn, _, label in turns for line in (f"[6.2901 - 8.2357]\t{name}_{turn}\t{label}\t[2.5000, 2.5000, 2.5000]", "C-E2:\tNeutral;\t()", "")]
    head = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
    (dialog / "EmoEvaluation" / f"{name}.txt").write_text(head + "\n".join(judged), encoding="utf-8")


@pytest.fixture
def release(tmp_path: Path) -> Path:
    for session in range(1, 6):
        for number in range(8):
            _dialogue(
                tmp_path,
                session,
                f"Ses0{session}F_impro0{number}",
                [("F000", "Did you lock it?", "neu"), ("M000", "I think so.", "xxx"), ("F001", "You think so!", "ang"), ("M001", "Sorry.", "fru")],
            )
    return tmp_path


def test_the_context_is_the_two_turns_before_labelled_or_not(release: Path) -> None:
    found = read(release)
    dialogue = {row.id: row for row in found.test if row.id.startswith("Ses05F_impro00")}
    assert [(id.rpartition("_")[2], row.context, row.text, row.labels) for id, row in dialogue.items()] == [
        ("F000", "", "Did you lock it?", ("neu",)),
        ("F001", "Did you lock it? I think so.", "You think so!", ("ang",)),
        ("M001", "I think so. You think so!", "Sorry.", ("fru",)),
    ]


def test_turns_without_a_used_label_are_dropped_and_counted(release: Path) -> None:
    found = read(release)
    assert found.dropped == 5 * 8
    assert len(found.train) + len(found.validation) + len(found.test) == 5 * 8 * 3


def test_session_five_is_test_and_no_dialogue_is_in_two_splits(release: Path) -> None:
    found = read(release)
    assert {row.id[:5] for row in found.test} == {"Ses05"}
    dialogues = [{row.id.rpartition("_")[0] for row in split} for split in (found.train, found.validation, found.test)]
    assert all(dialogues)
    assert sum(map(len, dialogues)) == len(set.union(*dialogues)) == 40


def test_a_missing_session_is_an_error_that_names_it(release: Path) -> None:
    (release / "Session3").rename(release / "Session6")
    with pytest.raises(EmohubError, match=r"lacks Session3/dialog; name the folder of the full release"):
        read(release)


def test_a_transcript_without_its_labels_is_an_error(release: Path) -> None:
    (release / "Session2/dialog/EmoEvaluation/Ses02F_impro03.txt").unlink()
    with pytest.raises(EmohubError, match=r"Ses02F_impro03\.txt: cannot be read"):
        read(release)
