"""`profiles/<name>.yaml`: the size everything runs at, and who answers."""

from typing import Annotated, Any, Literal

from pydantic import Field

from hub.spec.base import Declaration, Name
from hub.spec.engine import EngineSpec, ImageEngineSpec, Sampling
from hub.spec.model import ModelSpec
from hub.spec.scale import ScaleSpec


class AuthoredNarratives(Declaration):
    """The dataset's own hand-written story kits."""

    kind: Literal["authored"]


class JsonlNarratives(Declaration):
    """One JSON object a line."""

    kind: Literal["jsonl"]
    path: str
    text_field: str = "text"
    id_field: str | None = "id"
    title_field: str | None = "title"
    licence: str
    """Under which licence the narratives are; every row derived from them says so."""


class FolderNarratives(Declaration):
    """One UTF-8 text file a narrative; the file name is its id."""

    kind: Literal["folder"]
    path: str
    pattern: str = "*.txt"
    licence: str


class HubNarratives(Declaration):
    """A dataset on the Hugging Face Hub."""

    kind: Literal["hub"]
    id: str
    revision: str
    configuration: str | None = None
    split: str = "train"
    text_field: str = "text"
    id_field: str | None = None
    title_field: str | None = None
    licence: str


NarrativeSpec = Annotated[AuthoredNarratives | JsonlNarratives | FolderNarratives | HubNarratives, Field(discriminator="kind")]


class PublishSpec(Declaration):
    """Where this profile publishes a dataset to."""

    to: str
    """A dataset on the Hub, `organisation/name`, or a folder."""
    private: bool = False


class TextGenerationSpec(Declaration):
    """How one dataset of texts is generated in this profile."""

    kind: Literal["text"]
    engine: EngineSpec
    sampling: Sampling = Sampling()
    attempts: int = Field(1, ge=1, le=10)
    """How often a malformed or truncated answer is asked for again, with another seed, before it is kept as a reject."""
    narratives: NarrativeSpec
    maximum_narratives: int | None = Field(None, ge=1)
    maximum_characters: int = Field(12_000, ge=200)
    """Longer narratives are cut at a sentence end; the cut is counted and shown."""
    options: dict[str, Any] = {}
    """What only this dataset knows; validated by its own code."""
    publish: PublishSpec | None = None
    """A folder in the project when not given."""

    @property
    def complete(self) -> bool:
        """Whether all that is declared is generated, so that the dataset's sizes must hold."""
        return self.maximum_narratives is None


class ImageGenerationSpec(Declaration):
    """How one dataset of images is generated in this profile."""

    kind: Literal["images"]
    engine: ImageEngineSpec
    size: int = Field(256, ge=64, le=4096)
    """Width and height of an image in pixels."""
    batch_size: int = Field(64, ge=1, le=4096)
    """Images drawn together, in the order of their ids. With some engines it changes pixels, so it is recorded."""
    options: dict[str, Any] = {}
    """What only this dataset knows; validated by its own code."""
    publish: PublishSpec | None = None
    """A folder in the project when not given."""

    @property
    def complete(self) -> bool:
        return True


GenerationSpec = Annotated[TextGenerationSpec | ImageGenerationSpec, Field(discriminator="kind")]


class HardwareSpec(Declaration):
    """What `emohub plan` reckons with. Estimates, with their source."""

    gpu: str
    requests_per_second: float = Field(gt=0)
    """For one GPU."""
    source: str
    """Where the rate comes from."""
    price_per_gpu_hour: float = Field(ge=0)
    """In US dollars."""


class BenchSpec(Declaration):
    """How models are trained and compared in this profile."""

    seeds: tuple[int, ...] = Field(min_length=1)
    bootstrap_replicates: int = Field(1000, ge=100)
    network: bool = False
    """Whether data and weights may be downloaded from the Hub."""
    data: dict[Name, str] = {}
    """Where external data lies, by task. params.yaml goes before it, the environment after."""
    threads: int | None = Field(None, ge=1)
    """CPU threads a training may use; all of them when not given."""

    def seeds_for(self, model: ModelSpec) -> tuple[int, ...]:
        """The seeds that a model is run with; one is enough where they change nothing."""
        return self.seeds[:1] if model.deterministic else self.seeds


class ProfileSpec(Declaration):
    """A size: the same graph and the same code, other numbers."""

    name: Name
    title: str
    datasets: dict[Name, GenerationSpec]
    bench: BenchSpec
    hardware: HardwareSpec | None = None
    scale: ScaleSpec = ScaleSpec()
    """Where generation and benchmarks run. `emohub run` says it for once."""
