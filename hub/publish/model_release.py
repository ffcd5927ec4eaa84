"""One release of a model: exported weights with their card and manifest, checked for what a consumer relies on, and put where models go."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semver import Version

from hub.errors import EmohubError, GateError
from hub.publish.manifest import CARD, Manifest, files_below, write_manifest
from hub.publish.model_card import ModelFacts, render_model_card
from hub.publish.repositories.placing import look, put
from hub.publish.repositories.repository import Repository
from hub.publish.version import tag_of

DRAFT = "0.1.0-dev"
"""What `main` is called while no version is named."""
FILES = frozenset({CARD, "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"})


@dataclass(frozen=True, slots=True)
class ModelRelease:
    """What was, or in a dry run would be, published. `revision` is None in a dry run."""

    manifest: Manifest
    address: str
    revision: str | None
    tagged: str | None

    def lines(self) -> list[str]:
        done = "is published at" if self.revision else "would be published at"
        version = self.tagged or f"main ({self.manifest.version})"
        return [f"{self.manifest.name} {version} {done} {self.address}", f"fingerprint of the weights: {self.manifest.fingerprint}"]


def stage_model(folder: Path, facts: ModelFacts, version: str, address: str | None, code: str | None) -> Manifest:
    """Adds the card and the manifest to a folder that holds the exported weights, configuration and tokenizer.

    Args:
        version: three numbers, or a draft's, as in `0.1.0-dev`.
        address: the Hub id that the card's examples load; None for a folder.
        code: the revision of the code that exports.

    Raises:
        GateError: the folder holds other files than it should, names code, or its labels are not those of the facts, in order.
        EmohubError: the record is of no finished run.
    """
    (folder / CARD).write_text(render_model_card(facts, version, address), encoding="utf-8")
    found = problems(folder, facts.labels)
    if found:
        raise GateError(f"{facts.name} cannot be released:\n" + "\n".join(f"  - {line}" for line in found))
    return write_manifest(folder, "model", facts.name, version, code=code)


def problems(folder: Path, labels: tuple[str, ...]) -> list[str]:
    """Returns a sentence for everything about a model's folder that a consumer could not rely on."""
    present = files_below(folder).keys()
    found = [f"{name}: is missing" for name in sorted(FILES - present)]
    found += [f"{name}: is none of the files of a model ({', '.join(sorted(FILES))})" for name in sorted(present - FILES)]
    if found:
        return found
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tokenizer: dict[str, Any] = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    found += [f"{name}: 'auto_map' would run remote code" for name, one in (("config.json", config), ("tokenizer_config.json", tokenizer)) if "auto_map" in one]
    # Read as a list of pairs, because a consumer that reads the file's order must find the right label too.
    if list(config.get("id2label", {}).items()) != [(str(number), label) for number, label in enumerate(labels)]:
        found.append("config.json: 'id2label' is not the labels in the order of the outputs, sorted by number")
    if config.get("label2id") != {label: number for number, label in enumerate(labels)}:
        found.append("config.json: 'label2id' does not invert 'id2label'")
    if config.get("problem_type") != "multi_label_classification":
        found.append("config.json: 'problem_type' must be multi_label_classification, or the pipeline would apply a softmax")
    return found


def put_model(repository: Repository, folder: Path, manifest: Manifest, version: Version | None) -> ModelRelease:
    """Makes the staged folder the repository's `main` and, with a version, tags it. Doing it again, after a failure or without one, is free.

    Raises:
        EmohubError: the place holds something else, or has the version with other content or a newer one.
    """
    there = look(repository, "model", manifest.name, version)
    if version in there.versions:
        return _released_already(repository, manifest, version, there.versions[version])
    revision = put(repository, there, folder, manifest, version, f"{manifest.name} {manifest.version}")
    return ModelRelease(manifest, repository.address, revision, tag_of(version) if version else None)


def _released_already(repository: Repository, manifest: Manifest, version: Version, revision: str) -> ModelRelease:
    there = repository.manifest(revision)
    if there is None or there.content != manifest.content:
        raise EmohubError(f"{repository.address}: {tag_of(version)} is there with other content, and a version is immutable; name a higher one")
    return ModelRelease(there, repository.address, revision, tag_of(version))
