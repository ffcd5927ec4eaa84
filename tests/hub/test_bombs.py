"""What others made is refused where it is read: moving pictures, YAML, JSON, paths and tables that claim to be more than they are."""

import json
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.sources.labelled_images import facts_of
from hub.annotate.label_studio import _choices
from hub.curate.images import examine
from hub.errors import DeclarationError, EmohubError
from hub.faces.video import read_video, stream_frames, write_video
from hub.publish.inspection.content import pixel_hash
from hub.publish.inspection.verify import verify
from hub.publish.manifest import MANIFEST, read_manifest
from hub.results.imported import LARGEST as LARGEST_RESULTS
from hub.results.untrusted import read_untrusted
from hub.spec.strict_yaml import read_yaml
from tests.support.bombs import EPS, SVG, billion_laughs, encoded, gif, gif_frame, large_json, png_of_zeros

HASH = "0" * 64
PROMISED = {"kind": "dataset", "name": "d", "version": "1.0.0", "fingerprint": HASH}


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return png_of_zeros(60_000, 60_000, whole=False)


def test_curation_release_gates_and_benchmarks_count_a_bomb_as_undecodable(bomb: bytes, tmp_path: Path) -> None:
    file = tmp_path / "bomb.png"
    file.write_bytes(bomb)
    assert (examine(bomb), pixel_hash(bomb), facts_of(file)) == (None, None, None)
    assert (examine(EPS), pixel_hash(SVG)) == (None, None)


def test_a_portrait_that_is_a_bomb_is_refused(bomb: bytes, tmp_path: Path) -> None:
    (tmp_path / "portrait.png").write_bytes(bomb)
    with pytest.raises(EmohubError, match="portrait.png: a picture claims more pixels"):
        read_video(tmp_path / "portrait.png")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (gif(60_000, 60_000, 1), "pixels"),
        (gif(8, 8, 100_010), "more than 100,000 frames"),
        (gif(8, 8, 1, hundredths=1) + b"", ""),
        (gif(8, 8, 1, hundredths=1)[:-1] + gif_frame(65_535) * 3 + b";", "more than 100,000 frames"),
        (gif(8, 8, 1)[:-1] + b"\x2c" + struct.pack("<HHHHB", 0, 0, 9_000, 9_000, 0) + b"\x02\x02\x44\x01\x00;", "pixels"),
    ],
    ids=["canvas", "frames", "sound", "one frame shown for eleven minutes beside one shown for a hundredth", "a frame larger than the canvas"],
)
def test_a_driving_gif_that_is_a_bomb_is_refused(data: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "driving.gif"
    file.write_bytes(data)
    if not words:
        assert len(read_video(file).frames) == 1
        return
    with pytest.raises(EmohubError, match=words), stream_frames(file) as stream:
        list(stream.frames)


def test_a_video_whose_frames_are_too_large_is_refused_before_any_is_decoded(tmp_path: Path) -> None:
    file = tmp_path / "driving.mp4"
    with av.open(str(file), "w") as container:
        stream = container.add_stream("mpeg4", rate=1)
        stream.width, stream.height, stream.pix_fmt = 8_000, 8_000, "yuv420p"
        container.mux(stream.encode(av.VideoFrame(8_000, 8_000, "yuv420p")))
        container.mux(stream.encode())
    assert file.stat().st_size < 1_000_000
    with pytest.raises(EmohubError, match="frames of 8,000 × 8,000 pixels are not read"):
        read_video(file)


def test_a_sound_video_is_read_with_the_limits_on(tmp_path: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 255, (3, 32, 48, 3), dtype=np.uint8)
    write_video(tmp_path / "sound.mp4", iter(frames), 10)
    assert read_video(tmp_path / "sound.mp4").frames.shape == (3, 32, 48, 3)


def test_a_playlist_that_names_another_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "driving.mp4").write_bytes(b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n#EXT-X-ENDLIST\n")
    with pytest.raises(EmohubError, match="not a readable video"):
        read_video(tmp_path / "driving.mp4")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (billion_laughs(), "more than 200,000 values"),
        ("[" * 100_000, "nested deeper"),
        ("a: &a [*a]\n", "inside what it stands for"),
        ("!!python/object/apply:os.system [id]\n", "could not determine a constructor"),
    ],
    ids=["billion laughs", "100,000 levels", "a list in itself", "code"],
)
def test_a_declaration_that_grows_nests_or_runs_is_refused(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "declaration.yaml").write_text(text)
    with pytest.raises(DeclarationError, match=words):
        read_yaml(tmp_path / "declaration.yaml")


def test_json_of_200_megabytes_is_refused_by_its_size(tmp_path: Path) -> None:
    large_json(tmp_path / MANIFEST)
    with pytest.raises(EmohubError, match="larger than"):
        read_manifest(tmp_path)


def test_json_of_100000_levels_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text('{"kind": ' + "[" * 100_000)
    with pytest.raises(EmohubError, match=f"{MANIFEST}: the file: Invalid JSON: recursion limit"):
        read_manifest(tmp_path)
    assert LARGEST_RESULTS < 100_000_000
    assert _choices('{"choices": ' + "[" * 100_000) == ('{"choices": ' + "[" * 100_000,)


UNSAFE = [
    "../x",
    "/etc/passwd",
    "a/../../x",
    "a\\..\\x",
    "a\0b",
    "./x",
    "a//b",
    "",
    "C:\\x",
    "C:x",
    "con",
    "sub/NUL.parquet",
    "com1.json",
    "data:stream",
    "data.",
    "data ",
]


@pytest.mark.parametrize("path", UNSAFE)
def test_a_manifest_with_a_path_out_of_its_folder_is_refused(path: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(json.dumps(PROMISED | {"sha256": {path: HASH}}))
    with pytest.raises(EmohubError, match="sha256"):
        read_manifest(tmp_path)
    assert not verify(tmp_path).ok


@pytest.mark.parametrize("target", ["/etc/hostname", "../secret", "../../outside"])
def test_a_release_folder_with_a_link_out_of_it_is_reported_and_the_link_not_followed(target: str, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    (tmp_path / "secret").write_text("a secret")
    (folder / "data.parquet").symlink_to(target)
    (folder / MANIFEST).write_text(json.dumps(PROMISED | {"sha256": {"data.parquet": HASH}}))
    found = verify(folder)
    assert not found.ok
    assert any("leads outside the folder" in problem or "link to no file" in problem for problem in found.problems)
    assert "a secret" not in "\n".join(found.lines())


def test_a_large_file_of_somebody_elses_results_is_not_read(tmp_path: Path) -> None:
    from hub.publish.manifest import Manifest

    large_json(tmp_path / "record.json")
    with pytest.raises(EmohubError, match="larger than 2,000,000 bytes"):
        read_untrusted(tmp_path / "record.json", Manifest)


def test_a_harmless_picture_passes_everywhere() -> None:
    assert examine(encoded("PNG", (64, 64))) is not None
    assert pixel_hash(encoded("WEBP")) is not None
