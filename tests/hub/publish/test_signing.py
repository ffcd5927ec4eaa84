"""Signed pictures: what the signature says, what breaks it, and a published dataset copied with every picture signed."""

import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from PIL import Image

from hub.engine.provenance import ALGORITHMIC_MEDIA, TRAINED_ALGORITHMIC_MEDIA, encode_png, read_provenance, with_provenance
from hub.errors import EmohubError
from hub.files import file_digest, write_text
from hub.publish.manifest import write_manifest
from hub.publish.signing import sign_image, sign_published, verify_image
from hub.tables import write_table
from tests.support.certificates import Credentials, PrivateKey, make_credentials

ROWS = 5
FEATURES = datasets.Features({"id": datasets.Value("string"), "image": datasets.Image(), "emotion": datasets.ClassLabel(names=["awe", "fear"])})


@pytest.fixture(scope="module")
def credentials() -> Credentials:
    return make_credentials()


@pytest.fixture
def files(tmp_path: Path, credentials: Credentials) -> tuple[Path, Path]:
    """The certificate and the key, in a folder of their own."""
    folder = tmp_path / "safe"
    folder.mkdir()
    (folder / "chain.pem").write_bytes(credentials.chain)
    (folder / "key.pem").write_bytes(credentials.key)
    return folder / "chain.pem", folder / "key.pem"


def _picture(row: int, source_type: str = ALGORITHMIC_MEDIA) -> bytes:
    pixels = np.random.default_rng(row).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    record = {"dataset": "emo8", "id": f"r{row}", "engine": "e", "prompt": "p", "seed": row, "licence": "cc-by-4.0", "digitalSourceType": source_type}
    return with_provenance(encode_png(pixels), record)


def _pixels(png: bytes) -> bytes:
    return Image.open(io.BytesIO(png)).tobytes()


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A dataset as `emohub build` leaves it: two shards with pictures, one table without, a card and a manifest."""
    folder = tmp_path / "published" / "emo8"
    rows = [{"id": f"r{row}", "image": {"bytes": _picture(row), "path": f"r{row}.png"}, "emotion": row % 2} for row in range(ROWS)]
    for number, part in enumerate((rows[:3], rows[3:])):
        write_table(folder / "default" / f"train-{number:05d}-of-00002.parquet", pa.Table.from_pylist(part, schema=FEATURES.arrow_schema))
    write_table(folder / "attributes" / "train-00000-of-00001.parquet", pa.table({"id": ["r0"]}))
    on_disk = sum(path.stat().st_size for path in (folder / "default").iterdir())
    info = {
        "config_name": "default",
        "splits": [{"name": "train", "num_bytes": 10_000, "num_examples": ROWS}],
        "download_size": on_disk,
        "dataset_size": 10_000,
    }
    configs = [{"config_name": name, "data_files": [{"split": "train", "path": f"{name}/train-*.parquet"}]} for name in ("default", "attributes")]
    front = yaml.safe_dump({"license": "cc-by-4.0", "configs": configs, "dataset_info": [info]}, sort_keys=False)
    write_text(folder / "README.md", f"---\n{front}---\n\n# Emo8\n")
    write_manifest(folder, "dataset", "emo8", "1.0.0")
    return folder


@pytest.mark.parametrize("source_type", [ALGORITHMIC_MEDIA, TRAINED_ALGORITHMIC_MEDIA])
def test_a_signed_picture_is_valid_and_says_what_made_it(credentials: Credentials, source_type: str) -> None:
    png = _picture(1, source_type)
    signed = sign_image(png, credentials.chain, credentials.key, "emo8/r1", source_type)
    found = verify_image(signed)
    assert found is not None
    assert (found.state, found.problems, found.title, found.source_type, found.signer) == ("Valid", (), "emo8/r1", source_type, "emohub test signer")
    assert _pixels(signed) == _pixels(png)
    assert read_provenance(signed) == read_provenance(png)
    assert len(signed) - len(png) < 6_000


def test_two_signatures_of_one_picture_differ(credentials: Credentials) -> None:
    first, second = (sign_image(_picture(1), credentials.chain, credentials.key, "t", ALGORITHMIC_MEDIA) for _ in range(2))
    assert first != second


def test_a_changed_picture_or_record_is_found_out(credentials: Credentials) -> None:
    signed = sign_image(_picture(1), credentials.chain, credentials.key, "t", ALGORITHMIC_MEDIA)
    record = read_provenance(signed)
    assert record is not None
    found = verify_image(with_provenance(signed, record | {"prompt": "another"}))
    assert found is not None
    assert found.state == "Invalid"
    assert "assertion.dataHash.mismatch" in found.problems


def test_a_picture_without_a_manifest_has_none() -> None:
    assert verify_image(_picture(1)) is None


def test_a_picture_is_not_signed_twice(credentials: Credentials) -> None:
    signed = sign_image(_picture(1), credentials.chain, credentials.key, "t", ALGORITHMIC_MEDIA)
    with pytest.raises(EmohubError, match="carries a C2PA manifest already"):
        sign_image(signed, credentials.chain, credentials.key, "t", ALGORITHMIC_MEDIA)


@pytest.mark.parametrize(
    "make",
    [
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: ec.generate_private_key(ec.SECP521R1()),
        lambda: ed25519.Ed25519PrivateKey.generate(),
        lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    ],
    ids=["P-384", "P-521", "Ed25519", "RSA"],
)
def test_the_algorithm_follows_the_key(make: Callable[[], PrivateKey]) -> None:
    other = make_credentials(make())
    found = verify_image(sign_image(_picture(1), other.chain, other.key, "t", ALGORITHMIC_MEDIA))
    assert found is not None and found.state == "Valid"


def test_keys_in_the_older_pem_form_are_taken(credentials: Credentials) -> None:
    key = serialization.load_pem_private_key(credentials.key, None)
    older = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    assert b"EC PRIVATE KEY" in older
    assert verify_image(sign_image(_picture(1), credentials.chain, older, "t", ALGORITHMIC_MEDIA)) is not None


def test_credentials_that_cannot_sign_are_refused(credentials: Credentials) -> None:
    key = serialization.load_pem_private_key(credentials.key, None)
    locked = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret"))
    strange = make_credentials(ec.generate_private_key(ec.SECP256K1()))
    for broken, reason in [
        (replace(credentials, key=make_credentials().key), "does not belong to the first certificate"),
        (replace(credentials, key=b"nothing"), "not an unencrypted PEM key"),
        (replace(credentials, key=locked), "not an unencrypted PEM key"),
        (replace(credentials, chain=b"nothing"), "not a chain of PEM certificates"),
        (strange, "no algorithm for keys on the curve 'secp256k1'"),
    ]:
        with pytest.raises(EmohubError, match=reason):
            sign_image(_picture(1), broken.chain, broken.key, "t", ALGORITHMIC_MEDIA)


def test_a_published_dataset_is_copied_with_every_picture_signed(published: Path, files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "signed" / "emo8"
    before = {path: path.read_bytes() for path in published.rglob("*") if path.is_file()}
    assert sign_published(published, out, *files) == ROWS
    assert {path: path.read_bytes() for path in published.rglob("*") if path.is_file()} == before

    rows = datasets.load_dataset(str(out), "default", split="train", cache_dir=str(tmp_path / "cache"))
    assert rows.features == FEATURES
    assert rows["id"] == [f"r{row}" for row in range(ROWS)] and rows["emotion"] == [0, 1, 0, 1, 0]
    for row, one in enumerate(rows.cast_column("image", datasets.Image(decode=False))):
        found = verify_image(one["image"]["bytes"])
        assert found is not None and (found.state, found.title) == ("Valid", f"emo8/r{row}")
        assert _pixels(one["image"]["bytes"]) == _pixels(_picture(row))
    assert (out / "attributes/train-00000-of-00001.parquet").read_bytes() == (published / "attributes/train-00000-of-00001.parquet").read_bytes()


def test_the_copys_card_and_manifest_tell_of_the_signatures(published: Path, files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "signed"
    sign_published(published, out, *files)
    card = (out / "README.md").read_text()
    assert "The 5 images carry C2PA manifests" in card and "gives files of different bytes" in card and "# Emo8\n" in card
    (info,) = yaml.safe_load(card.split("---\n")[1])["dataset_info"]
    shards = sorted((out / "default").iterdir())
    added = sum(len(one["bytes"]) for path in shards for one in pq.read_table(path)["image"].to_pylist()) - sum(len(_picture(row)) for row in range(ROWS))
    assert info["splits"][0]["num_bytes"] == info["dataset_size"] == 10_000 + added
    assert info["download_size"] == sum(path.stat().st_size for path in shards)
    manifest = yaml.safe_load((out / "MANIFEST.json").read_text())
    assert manifest["version"] == "1.0.0"
    assert manifest["sha256"] == {str(path.relative_to(out)): file_digest(path) for path in out.rglob("*") if path.is_file() and path.name != "MANIFEST.json"}


def test_the_key_goes_nowhere(published: Path, files: tuple[Path, Path], tmp_path: Path, credentials: Credentials) -> None:
    out = tmp_path / "signed"
    sign_published(published, out, *files)
    secret = b"".join(credentials.key.splitlines()[1:-1])[:60]
    assert not [path for path in out.rglob("*") if path.is_file() and (b"PRIVATE KEY" in path.read_bytes() or secret in path.read_bytes())]


def test_a_key_that_could_be_published_is_refused(published: Path, files: tuple[Path, Path], tmp_path: Path) -> None:
    certificate, key = files
    for place in (published / "key.pem", tmp_path / "project" / "secrets" / "key.pem"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(key.read_bytes())
        with pytest.raises(EmohubError, match=r"a private key must not lie in"):
            sign_published(published, tmp_path / "signed", certificate, place, tmp_path / "project")
    assert not (tmp_path / "signed").exists()


def test_a_description_of_the_unsigned_files_is_left_out(published: Path, files: tuple[Path, Path], tmp_path: Path) -> None:
    write_text(published / "croissant.json", "{}")
    write_manifest(published, "dataset", "emo8", "1.0.0")
    sign_published(published, tmp_path / "signed", *files)
    assert not (tmp_path / "signed" / "croissant.json").exists()


def test_what_cannot_be_signed_is_refused_and_leaves_nothing(published: Path, files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "signed"
    with pytest.raises(EmohubError, match=r"there is no MANIFEST\.json"):
        sign_published(tmp_path, out, *files)
    with pytest.raises(EmohubError, match="is there already"):
        sign_published(published, published, *files)
    with pytest.raises(EmohubError, match=r"nowhere\.pem: cannot be read"):
        sign_published(published, out, tmp_path / "nowhere.pem", files[1])
    shard = published / "default" / "train-00001-of-00002.parquet"
    bare = encode_png(np.zeros((4, 4, 3), np.uint8))
    write_table(shard, pa.Table.from_pylist([{"id": "r3", "image": {"bytes": bare, "path": None}, "emotion": 0}], schema=FEATURES.arrow_schema))
    with pytest.raises(EmohubError, match="has other bytes than the manifest says"):
        sign_published(published, out, *files)
    write_manifest(published, "dataset", "emo8", "1.0.0")
    with pytest.raises(EmohubError, match=r"train-00001-of-00002\.parquet, row 0: the picture has no record of provenance"):
        sign_published(published, out, *files)
    assert not out.exists() and not list(tmp_path.glob(".signed*"))


def test_a_dataset_of_texts_is_refused(published: Path, files: tuple[Path, Path], tmp_path: Path) -> None:
    shutil.rmtree(published / "default")
    write_manifest(published, "dataset", "emo8", "1.0.0")
    with pytest.raises(EmohubError, match="only datasets of pictures can be signed"):
        sign_published(published, tmp_path / "signed", *files)
