"""`builders/<name>/dataset.yaml`: what a dataset is made of, how, and what must hold before it is published."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hub.spec.base import Citation, Declaration, ImportReference, Name, Share


class StepSpec(Declaration):
    """One kind of question to an engine."""

    name: Name
    title: str
    prompt: str
    """The template file, relative to the dataset's folder. Its version stands in its name, as in actors.v1.j2."""
    max_tokens: int = Field(ge=1)
    """The most tokens an answer may have."""
    prompt_tokens: int = Field(ge=1)
    """A typical prompt's length in tokens; used only to plan."""
    answer_tokens: int = Field(ge=1)
    """A typical answer's length in tokens; used only to plan."""


class ConfigurationSpec(Declaration):
    """One named configuration of the published dataset."""

    name: Name
    title: str
    description: str
    default: bool = False
    splits: dict[Literal["train", "validation", "test"], Share]
    """The share of rows each split aims at. Splits are by group, so the outcome is near these, and reported."""

    @model_validator(mode="after")
    def _shares_add_up(self) -> "ConfigurationSpec":
        if abs(sum(self.splits.values()) - 1) > 1e-9:
            raise ValueError(f"the shares of splits add up to {sum(self.splits.values()):g}, not 1")
        return self

    @property
    def shares(self) -> dict[str, float]:
        """The splits by plain names."""
        return {str(split): share for split, share in self.splits.items()}


class DuplicateSpec(Declaration):
    """When two texts count as near-duplicates."""

    jaccard: float = Field(default=0.7, gt=0, le=1)
    """The least Jaccard similarity of the two sets of word bigrams."""


class GateSpec(Declaration):
    """What must hold of the clean rows. A gate that fails stops the stage and says which rows."""

    minimum_rows: dict[Name, int] = {}
    """The fewest rows by configuration."""
    minimum_rows_per_label: int = Field(default=0, ge=0)
    """In the default configuration."""
    maximum_duplicate_share: Share = 0.01
    """Of the published rows, how many may be near-duplicates of another one."""


class ImageGateSpec(Declaration):
    """What must hold of clean images."""

    minimum_rows: int = Field(default=1, ge=1)
    maximum_imbalance: Share = 0.1
    """How far the rows of a class in a style may be from their mean over all classes and styles, as a share of that mean."""
    hash_distance: int = Field(default=4, ge=0, le=64)
    """Two images of different splits whose 64-bit perceptual hashes differ in at most this many bits are near-duplicates."""
    maximum_cue_accuracy: dict[Name, Share] = {}
    """What a linear model on one cue alone may reach on test rows, mean recall over classes, by the name the dataset gives the cue: no cue may be the label."""


ColumnPath = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$", max_length=200)]
"""A column, or a field inside one: `labels.label`."""


class ReleaseChecks(Declaration):
    """What the gates of a release need to know about a dataset; the manifest carries it, so that a consumer can check too."""

    content: dict[str, tuple[ColumnPath, ...]] = {}
    """By configuration, the columns (text, images, or lists of them) that together may not be the same in two splits."""
    label: ColumnPath | None = None
    """In the default configuration: where the classes stand. Every class must occur."""
    faces: bool = False
    """Whether pictures show faces. The card must then say whose, under a heading with the word 'faces'."""


class DatasetSpec(Declaration):
    """What every dataset declares: its identity, its configurations and its code."""

    kind: Literal["text", "images"]
    name: Name
    title: str
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    summary: str
    licence: str
    """An SPDX identifier in lower case, as the Hub writes it."""
    languages: tuple[str, ...]
    task_categories: tuple[str, ...]
    rebuild_of: str
    """Which published dataset this one rebuilds; it is not that dataset, and the card says so."""
    citation: Citation
    taxonomy: str
    """The label file, relative to the dataset's folder."""
    generate: ImportReference
    """From what the profile says to raw tables: `async generate(job) -> Tables` for text, `generate(job) -> Tables` for images."""
    curate: ImportReference
    """From raw tables to clean ones: `curate(job) -> Tables`."""
    builder: ImportReference
    """The `datasets.GeneratorBasedBuilder` that reads the clean tables."""
    plan: ImportReference
    """What will be asked of the engine: `plan(folder, spec, generation) -> list[PlannedStep]`."""
    configurations: tuple[ConfigurationSpec, ...]
    release: ReleaseChecks = ReleaseChecks()

    @model_validator(mode="after")
    def _configurations_are_sound(self) -> Self:
        configurations = [configuration.name for configuration in self.configurations]
        if len(set(configurations)) != len(configurations):
            raise ValueError("two configurations share a name")
        if sum(configuration.default for configuration in self.configurations) != 1:
            raise ValueError("exactly one configuration must have 'default: true'")
        return self

    @property
    def default_configuration(self) -> ConfigurationSpec:
        return next(configuration for configuration in self.configurations if configuration.default)


class TextDatasetSpec(DatasetSpec):
    """A dataset of texts that an engine is asked for, step by step."""

    kind: Literal["text"]
    authored: ImportReference
    """The responder that answers for the embedded engine."""
    steps: tuple[StepSpec, ...]
    duplicates: DuplicateSpec = DuplicateSpec()
    gates: GateSpec = GateSpec()

    @model_validator(mode="after")
    def _names_are_sound(self) -> Self:
        steps = [step.name for step in self.steps]
        if len(set(steps)) != len(steps):
            raise ValueError("two steps share a name")
        unknown = set(self.gates.minimum_rows) - {configuration.name for configuration in self.configurations}
        if unknown:
            raise ValueError(f"gates.minimum_rows names {sorted(unknown)}, which are not configurations")
        return self

    def step(self, name: str) -> StepSpec:
        return next(step for step in self.steps if step.name == name)


class ImageDatasetSpec(DatasetSpec):
    """A dataset of images that an engine draws from declared prompts or parameters."""

    kind: Literal["images"]
    gates: ImageGateSpec = ImageGateSpec()


DATASET_KINDS: dict[str, type[DatasetSpec]] = {"text": TextDatasetSpec, "images": ImageDatasetSpec}
