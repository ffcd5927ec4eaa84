"""Nothing is drawn with weights whose licence is not the one that the profile states."""

from pathlib import Path

import pytest

from hub.engine.weights_licence import check_licence, commercial_use, licence_note, weights_licences
from hub.errors import DeclarationError, EngineError


def _folder(path: Path, front: str | None) -> str:
    path.mkdir(exist_ok=True)
    if front is not None:
        (path / "README.md").write_text(f"---\n{front}\n---\n# A model\n\nlicense: mit\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("front", "licences"),
    [
        ("license: apache-2.0", ("apache-2.0",)),
        ("license: MIT\ntags: [a]", ("mit",)),
        ("license: other\nlicense_name: sai-nc-community\nlicense_link: LICENSE.md", ("sai-nc-community",)),
        ("license: openrail++", ("openrail++",)),
        ("license: [mit, apache-2.0]", ("mit", "apache-2.0")),
        ("license: mit\nlicense_name: something", ("mit",)),
        ("license: other", ()),
        ("license: unknown", ()),
        ("license:", ()),
        ("tags: [a]", ()),
        ("- a list", ()),
        (None, ()),
    ],
)
def test_the_licence_is_what_the_front_matter_of_the_card_names(tmp_path: Path, front: str | None, licences: tuple[str, ...]) -> None:
    assert weights_licences(_folder(tmp_path / "model", front)) == licences


def test_a_declared_licence_that_the_card_confirms_passes(tmp_path: Path) -> None:
    check_licence(_folder(tmp_path / "model", "license: apache-2.0"), None, "apache-2.0")
    check_licence(_folder(tmp_path / "model", "license: apache-2.0"), None, "Apache-2.0")


def test_another_licence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"says 'apache-2.0', but the card of .* says 'sai-nc-community': read it"):
        check_licence(_folder(tmp_path / "model", "license: other\nlicense_name: sai-nc-community"), None, "apache-2.0")


def test_weights_that_say_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="names no licence"):
        check_licence(_folder(tmp_path / "model", None), None, "mit")


def test_a_broken_card_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="is not YAML"):
        check_licence(_folder(tmp_path / "model", "license: [mit"), None, "mit")


def test_a_card_with_windows_line_ends_is_read(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(b"\xef\xbb\xbf---\r\nlicense: mit\r\n---\r\n# A model\r\n")
    assert weights_licences(str(tmp_path)) == ("mit",)


def test_a_hub_id_that_cannot_be_reached_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EngineError, match="the card of 'someone/model' cannot be reached") as caught:
        check_licence("someone/model", "main", "mit")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("licence", "use"),
    [
        ("sai-nc-community", "forbidden"),
        ("cc-by-nc-4.0", "forbidden"),
        ("cc-by-nc-sa-3.0", "forbidden"),
        ("flux-1-dev-non-commercial-license", "forbidden"),
        ("fair-noncommercial-research-license", "forbidden"),
        ("apache-2.0", "allowed"),
        ("creativeml-openrail-m", "allowed"),
        ("openrail++", "allowed"),
        ("stabilityai-ai-community", "unknown"),
        ("ncsa", "unknown"),
    ],
)
def test_commercial_use_is_told_from_the_identifier(licence: str, use: str) -> None:
    assert commercial_use(licence) == use


def test_the_note_for_the_card_says_what_follows() -> None:
    assert licence_note("sai-nc-community") == (
        "The weights that drew the pictures are under sai-nc-community, which forbids commercial use; the pictures may fall under it too."
    )
    assert "restricts what may be done" in licence_note("openrail++")
    assert "not known here" in licence_note("stabilityai-ai-community")
