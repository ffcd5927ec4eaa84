"""C2PA signatures on published pictures: who says where a picture comes from, and whether it was changed since."""

import io
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import yaml

from hub.console import progress, say
from hub.engine.provenance import read_provenance
from hub.errors import EmohubError, nearest
from hub.files import write_text
from hub.publish.manifest import CARD, CROISSANT, Manifest, damage, read_manifest, write_manifest
from hub.tables import IMAGES_PER_GROUP, read_table, write_table

State = Literal["Trusted", "Valid", "Invalid"]
"""`Valid`: the picture is as it was signed; `Trusted`: and the signer's authority is on a list of trusted ones. A signer of one's own is never trusted."""

_COLUMN = "image"
_MIME = "image/png"
_UNTRUSTED = "signingCredential.untrusted"


@dataclass(frozen=True)
class Signature:
    """What a picture's manifest says. `problems` are C2PA's failure codes, the mere lack of trust left out."""

    state: State
    problems: tuple[str, ...]
    title: str
    source_type: str | None
    signer: str


class Signer:
    """Signs pictures with one certificate, on this machine: no time-stamp authority is asked.

    Args:
        certificate: the chain as PEM, the leaf first, the root left out or last. The leaf needs the usages `digitalSignature` and `emailProtection`.
        key: the leaf's private key as unencrypted PEM: ECDSA on P-256, P-384 or P-521, Ed25519 or RSA.

    Raises:
        EmohubError: c2pa-python is missing, or the two are unreadable or do not belong together.
    """

    def __init__(self, certificate: bytes, key: bytes) -> None:
        try:
            import c2pa
        except ImportError as error:
            raise EmohubError('signing needs c2pa-python: install it with `pip install "emohub[sign]"`') from error
        algorithm = _algorithm(certificate, key)
        # A thumbnail would hold the picture a second time, whole.
        self._context = c2pa.Context(c2pa.Settings.from_dict({"builder": {"thumbnail": {"enabled": False}}}))
        try:
            self._signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm, certificate, _pkcs8(key), None))
        except c2pa.C2paError as error:
            raise EmohubError(f"the certificate and the key cannot sign ({error}): see that both are PEM and the chain begins with the leaf") from error

    def sign(self, png: bytes, title: str, source_type: str) -> bytes:
        """Returns the PNG with a C2PA manifest that says it was created so; the bytes differ from call to call.

        Args:
            png: a picture without a manifest. Its text chunks stay and are covered by the signature.
            title: the picture's title in the manifest.
            source_type: an IPTC digital source type, as a URI.

        Raises:
            EmohubError: it cannot be signed, or is signed already.
        """
        import c2pa

        if verify_image(png) is not None:
            raise EmohubError(f"{title}: the picture carries a C2PA manifest already; sign the dataset as it was built")
        agent = {"name": "emohub", "version": version("emohub")}
        action = {"action": "c2pa.created", "digitalSourceType": source_type, "softwareAgent": agent}
        manifest = {"claim_generator_info": [agent], "title": title, "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}]}
        signed = io.BytesIO()
        try:
            c2pa.Builder(manifest, self._context).sign(self._signer, _MIME, io.BytesIO(png), signed)
        except c2pa.C2paError as error:
            raise EmohubError(f"{title}: the picture cannot be signed ({error}); check the certificate's usages and dates") from error
        return signed.getvalue()


def sign_image(png: bytes, certificate: bytes, key: bytes, title: str, source_type: str) -> bytes:
    """Signs one picture; see `Signer`."""
    return Signer(certificate, key).sign(png, title, source_type)


def verify_image(png: bytes) -> Signature | None:
    """Reads and checks a PNG's C2PA manifest, None where it has none. Nothing is fetched from a network.

    Raises:
        EmohubError: the bytes or the manifest cannot be read.
    """
    import c2pa

    context = c2pa.Context(c2pa.Settings.from_dict({"verify": {"remote_manifest_fetch": False}}))
    try:
        reader = c2pa.Reader.try_create(_MIME, io.BytesIO(png), context=context)
        if reader is None:
            return None
        state, results, manifest = reader.get_validation_state(), reader.get_validation_results() or {}, reader.get_active_manifest() or {}
    except c2pa.C2paError as error:
        raise EmohubError(f"the picture's C2PA manifest cannot be read ({error}): the file is damaged") from error
    failures = [one["code"] for one in results.get("activeManifest", {}).get("failure", [])]
    actions = [action for one in manifest.get("assertions", []) if one["label"].startswith("c2pa.actions") for action in one["data"]["actions"]]
    return Signature(
        state=state,
        problems=tuple(code for code in failures if code != _UNTRUSTED),
        title=manifest.get("title", ""),
        source_type=next((action["digitalSourceType"] for action in actions if "digitalSourceType" in action), None),
        signer=manifest.get("signature_info", {}).get("common_name", ""),
    )


def sign_published(folder: Path, out: Path, certificate: Path, key: Path, project: Path | None = None) -> int:
    """Copies a published dataset to `out` with every picture signed, and returns how many there are.

    Args:
        folder: the published dataset; its Parquet files hold pictures in the column `image`, each with its record of provenance.
        out: a folder that does not exist yet.
        certificate: the chain as PEM.
        key: the private key as PEM. It is read, and neither copied nor written about.
        project: the project's folder, in which the key must not lie.

    Raises:
        EmohubError: the dataset is incomplete or has no pictures, a picture has no record, `out` exists, or the key lies where it could be published.
    """
    manifest = read_manifest(folder)
    if out.exists():
        raise EmohubError(f"{out}: is there already; name a folder that is not")
    _refuse_inside(key, [folder, out, *([project] if project else [])])
    _check_intact(folder, manifest)
    signer = Signer(_credential(certificate), _credential(key))
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as work:
        staged = Path(work) / "signed"
        growth: dict[tuple[str, str], tuple[int, int]] = {}
        # A description of the unsigned files would be wrong beside the signed ones.
        names = [name for name in manifest.sha256 if name not in (CARD, CROISSANT)]
        count = 0
        with progress(f"{manifest.name}: signing", len(names)) as tick:
            for name in names:
                count += _sign_file(folder / name, staged / name, name, signer, growth)
                tick()
        if not count:
            raise EmohubError(f"{folder}: no Parquet file has a column {_COLUMN!r} with pictures; only datasets of pictures can be signed")
        card = (folder / CARD).read_text(encoding="utf-8")
        write_text(staged / CARD, _card(card, growth, count))
        write_manifest(staged, manifest.kind, manifest.name, manifest.version, code=manifest.code, checks=manifest.checks, forced=manifest.forced)
        staged.replace(out)
    say(f"{manifest.name}: {count:,} signed pictures in {out}")
    return count


def _sign_file(source: Path, target: Path, name: str, signer: Signer, growth: dict[tuple[str, str], tuple[int, int]]) -> int:
    """Writes one file, its pictures signed; notes by configuration and split how the bytes in memory and on disk have grown."""
    table = read_table(source) if source.suffix == ".parquet" else None
    if table is None or _COLUMN not in table.column_names:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return 0
    pictures = table.column(_COLUMN).to_pylist()
    signed = [None if one is None else one | {"bytes": _signed(one, f"{name}, row {row}", signer)} for row, one in enumerate(pictures)]
    place = table.column_names.index(_COLUMN)
    field = table.schema.field(place)
    write_table(target, table.set_column(place, field, pa.array(signed, type=field.type)), IMAGES_PER_GROUP)
    split = (Path(name).parent.name, re.sub(r"-\d+-of-\d+$", "", source.stem))
    in_memory, on_disk = growth.get(split, (0, 0))
    in_memory += sum(len(new["bytes"]) - len(old["bytes"]) for old, new in zip(pictures, signed, strict=True) if old is not None and new is not None)
    growth[split] = (in_memory, on_disk + target.stat().st_size - source.stat().st_size)
    return sum(one is not None for one in signed)


def _signed(picture: Mapping[str, Any], where: str, signer: Signer) -> bytes:
    png = picture["bytes"]
    record = read_provenance(png) if png else None
    if record is None:
        raise EmohubError(f"{where}: the picture has no record of provenance, so what made it is not known; build the dataset with this project")
    return signer.sign(png, f"{record['dataset']}/{record['id']}", record["digitalSourceType"])


def _card(text: str, growth: Mapping[tuple[str, str], tuple[int, int]], count: int) -> str:
    """The card with its sizes corrected and a section on the signatures."""
    match = re.match(r"---\n(.*?\n)---\n", text, re.DOTALL)
    if match is None:
        raise EmohubError("the dataset's README.md has no front matter; build the dataset again")
    front = yaml.safe_load(match[1])
    listed = front.get("dataset_info", [])
    for info in listed if isinstance(listed, list) else [listed]:
        for split in info.get("splits", []):
            in_memory, on_disk = growth.get((info.get("config_name", "default"), split["name"]), (0, 0))
            split["num_bytes"] += in_memory
            info["dataset_size"] += in_memory
            info["download_size"] += on_disk
    return f"---\n{yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=120)}---\n{text[match.end() :].rstrip()}\n\n{_section(count)}"


def _section(count: int) -> str:
    return (
        "## Signatures\n\n"
        f"The {count:,} images carry C2PA manifests (Content Credentials): each says that it was created by emohub, and with which IPTC digital source type. "
        "A manifest holds random identifiers and a signature, so signing the same dataset twice gives files of different bytes; the pixels are the same. "
        "No time-stamp authority was asked. Saving an image again in another program drops its manifest.\n"
    )


def _check_intact(folder: Path, manifest: Manifest) -> None:
    found = damage(folder, manifest)
    if found:
        raise EmohubError(f"{folder}: {found[0]}; build the dataset again")


def _credential(path: Path) -> bytes:
    try:
        return path.expanduser().read_bytes()
    except OSError as error:
        raise EmohubError(f"{path}: cannot be read ({error.strerror}); name a PEM file") from error


def _refuse_inside(key: Path, folders: Sequence[Path]) -> None:
    for folder in folders:
        if key.expanduser().resolve().is_relative_to(folder.expanduser().resolve()):
            raise EmohubError(f"{key}: a private key must not lie in {folder}, from where it could be published; move it out")


def _algorithm(certificate: bytes, key: bytes) -> str:
    """C2PA's name for the algorithm that goes with the key, once the certificate is seen to be the key's."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    private = _private_key(key)
    try:
        leaf = x509.load_pem_x509_certificates(certificate)[0]
    except ValueError as error:
        raise EmohubError("the certificate is not a chain of PEM certificates, the leaf first") from error
    if leaf.public_key() != private.public_key():
        raise EmohubError("the private key does not belong to the first certificate of the chain: put the signer's own certificate first")
    if isinstance(private, ec.EllipticCurvePrivateKey):
        curves = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
        if private.curve.name not in curves:
            raise EmohubError(f"C2PA has no algorithm for keys on the curve {private.curve.name!r}: {nearest(private.curve.name, curves)}")
        return curves[private.curve.name]
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, rsa.RSAPrivateKey):
        return "ps256"
    raise EmohubError(f"C2PA has no algorithm for a {type(private).__name__}: use ECDSA on P-256, P-384 or P-521, Ed25519 or RSA")


def _private_key(key: bytes) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(key, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise EmohubError("the private key is not an unencrypted PEM key: write one with `openssl pkcs8 -topk8 -nocrypt`") from error


def _pkcs8(key: bytes) -> bytes:
    """The form the signing library takes, whichever PEM form the file has."""
    from cryptography.hazmat.primitives import serialization

    pem: bytes = _private_key(key).private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem
