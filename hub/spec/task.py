"""`benchmarks/tasks/<name>.yaml`: one benchmark each. A task's `type` says which runner it has and what else it declares."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from hub.spec.base import Citation, Declaration, ImportReference, Name

ModelType = Literal["text_classification", "image_classification", "language_modeling", "portrait_animation"]
"""What a model does, and so which tasks it fits."""


class PublishedSource(Declaration):
    """A dataset this hub builds."""

    kind: Literal["published"]
    dataset: Name
    configuration: Name


class ExternalSource(Declaration):
    """Data made elsewhere: from a path on this machine, else from the Hub. It is never copied into the project."""

    kind: Literal["external"]
    reader: ImportReference
    """Reads a local folder or file: `read(path)`, to what the runner of the task's type takes."""
    path_of: Name | None = None
    """The task whose path it shares; its own when not given."""
    hub_id: str | None = None
    hub_configuration: str | None = None
    hub_revision: str | None = None
    licence: str
    how_to_get: str
    """One sentence for the reader of an `unavailable` row."""


SourceSpec = Annotated[PublishedSource | ExternalSource, Field(discriminator="kind")]


class HoldoutProtocol(Declaration):
    """Train, tune on validation, report test."""

    kind: Literal["holdout"]
    train_share: float = Field(1.0, gt=0, le=1)
    """How much of the training rows is used. Which ones depends on their ids alone; validation and test stay whole."""


class CrossValidationProtocol(Declaration):
    """Every fold is the test set once; validation is cut from the rest."""

    kind: Literal["cross_validation"]
    folds: int = Field(ge=2)
    validation_share: float = Field(0.1, gt=0, lt=1)


ProtocolSpec = Annotated[HoldoutProtocol | CrossValidationProtocol, Field(discriminator="kind")]


class GlobalThreshold(Declaration):
    """One cut-off for all labels, chosen for the best macro-F1 on validation."""

    kind: Literal["global_threshold"]
    lowest: float = Field(0.05, gt=0, lt=1)
    highest: float = Field(0.95, gt=0, lt=1)
    step: float = Field(0.01, gt=0, lt=1)

    @model_validator(mode="after")
    def _is_a_range(self) -> "GlobalThreshold":
        if self.highest < self.lowest:
            raise ValueError("'highest' is below 'lowest'")
        return self


class HighestProbability(Declaration):
    """The label with the highest probability among the task's own; nothing is tuned."""

    kind: Literal["highest_probability"]


DecisionSpec = Annotated[GlobalThreshold | HighestProbability, Field(discriminator="kind")]


class TaskSpec(Declaration):
    """What every benchmark declares: its data, and which number counts."""

    name: Name
    title: str
    summary: str
    type: str
    source: SourceSpec
    main_metric: str
    profiles: dict[Name, dict[str, Any]] = {}
    """Keys that replace the ones above in one profile."""
    runs_in: tuple[Name, ...] = ()
    """The profiles it is run in; empty means all."""
    citation: Citation | None = None
    notes: str = ""

    @property
    def model_type(self) -> ModelType:
        """Which models it fits."""
        raise NotImplementedError

    def for_profile(self, profile: str) -> Self:
        """Returns the task as one profile sees it.

        Raises:
            pydantic.ValidationError: the profile's keys make no valid task.
        """
        changes = self.profiles.get(profile)
        return type(self).model_validate(self.model_dump() | changes, strict=False) if changes else self


class LabelledTask(TaskSpec):
    """A task whose labels are classes of a taxonomy."""

    taxonomy: str
    """The label file, relative to the project."""
    labels: tuple[str, ...] = ()
    """The labels a model predicts, in order; empty means all classes of the taxonomy."""
    mapping: dict[str, str] = {}
    """The data's own labels to taxonomy labels, where they differ."""
    decision: DecisionSpec


class TextClassificationTask(LabelledTask):
    """Which labels hold of a text."""

    type: Literal["text_classification"]
    scored_labels: tuple[str, ...] = ()
    """The labels that the main score averages over; empty means all."""
    protocol: ProtocolSpec = HoldoutProtocol(kind="holdout", train_share=1.0)
    main_metric: Literal["macro_f1", "micro_f1"]

    @property
    def model_type(self) -> ModelType:
        return "text_classification"


class OfficialSplits(Declaration):
    """Train, validation and test as the data comes with them."""

    kind: Literal["official"]


class SplitsByContent(Declaration):
    """For data without splits. Which part an image is in depends on its bytes and `seed` alone, so that neither the order of files nor other images matter,
    and one image is never in two parts. The shares are met as closely as chance allows; the rest is test."""

    kind: Literal["by_content"]
    train: float = Field(gt=0, lt=1)
    validation: float = Field(gt=0, lt=1)
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _leaves_something_for_test(self) -> Self:
        if self.train + self.validation >= 1:
            raise ValueError("'train' and 'validation' leave nothing for test: their sum must be below 1")
        return self


class ValidationFromTest(Declaration):
    """For data with train and test: validation is cut from test, by bytes and `seed` as above."""

    kind: Literal["validation_from_test"]
    validation: float = Field(gt=0, lt=1)
    """The share of the data's test."""
    seed: int = Field(0, ge=0)


SplitsSpec = Annotated[OfficialSplits | SplitsByContent | ValidationFromTest, Field(discriminator="kind")]


class PersonDetectorSpec(Declaration):
    """Looks for the person in images that come without boxes: torchvision's SSDlite320 with MobileNetV3."""

    weights: str | None = None
    """A safetensors file with its weights; torchvision's, trained on COCO, when not given."""
    threshold: float = Field(0.8, gt=0, lt=1)
    """How certain a box must be."""


class ImageClassificationTask(LabelledTask):
    """Which class an image is of or, with `multi_label`, which classes hold of it."""

    type: Literal["image_classification"]
    multi_label: bool = False
    """Whether several classes may hold of one image."""
    splits: SplitsSpec = OfficialSplits(kind="official")
    """How the data is cut. Data that comes with all three parts is never cut anew."""
    person_detector: PersonDetectorSpec | None = None
    """Without one, images that come without boxes have none."""
    decision: DecisionSpec = HighestProbability(kind="highest_probability")
    main_metric: Literal["accuracy", "macro_f1", "mean_average_precision"]

    @property
    def model_type(self) -> ModelType:
        return "image_classification"

    @model_validator(mode="after")
    def _scores_suit_the_labels(self) -> Self:
        if self.multi_label and self.main_metric == "accuracy":
            raise ValueError("'main_metric' accuracy is of one class an image: with 'multi_label' take mean_average_precision or macro_f1")
        if not self.multi_label and self.main_metric == "mean_average_precision":
            raise ValueError("'main_metric' mean_average_precision is of several classes an image: without 'multi_label' take accuracy or macro_f1")
        if self.multi_label != (self.decision.kind == "global_threshold"):
            fitting = "global_threshold" if self.multi_label else "highest_probability"
            raise ValueError(f"'decision.kind' must be {fitting} where {'several classes hold' if self.multi_label else 'one class holds'} of an image")
        return self

    @model_validator(mode="after")
    def _published_data_is_cut(self) -> Self:
        if isinstance(self.source, PublishedSource) and self.splits.kind != "official":
            raise ValueError("'splits.kind' must be official for a published dataset, which has its own")
        return self


class TextDomains(Declaration):
    """Labelled texts of several domains, told apart by how a column begins: `city` takes `city-corner-shop` and `city-bridge-march`."""

    kind: Literal["text"]
    column: Name
    domains: dict[Name, tuple[str, ...]] = Field(min_length=2)
    """The beginnings, up to the first hyphen, that make up each domain."""


class ImageDomains(Declaration):
    """Images: in folders `<domain>/<class>/<image>`, or published ones, whose styles are the domains."""

    kind: Literal["images"]
    domains: tuple[str, ...] = ()
    """The domains' folders, or styles; all when empty."""


class DomainGeneralizationTask(TaskSpec):
    """Train on all domains but one, select on validation rows of the training domains, test on the one left out; each domain is left out once."""

    type: Literal["domain_generalization"]
    inputs: Annotated[TextDomains | ImageDomains, Field(discriminator="kind")]
    taxonomy: str | None = None
    """For texts and published images: the label file, relative to the project. The classes of images in folders are the folders."""
    labels: tuple[str, ...] = ()
    mapping: dict[str, str] = {}
    decision: DecisionSpec = HighestProbability(kind="highest_probability")
    validation_share: float = Field(0.2, gt=0, lt=1)
    """Of every training domain (DomainBed, Gulrajani and Lopez-Paz 2021)."""
    rows_per_domain: int | None = Field(None, ge=10)
    """The most rows a domain keeps, chosen by id."""
    main_metric: Literal["macro_f1", "micro_f1", "accuracy"]
    """The mean over the domains left out."""

    @property
    def model_type(self) -> ModelType:
        return "text_classification" if self.inputs.kind == "text" else "image_classification"

    @model_validator(mode="after")
    def _published_data_has_labels(self) -> "DomainGeneralizationTask":
        if self.taxonomy is None and (self.inputs.kind == "text" or isinstance(self.source, PublishedSource)):
            raise ValueError(f"{'texts' if self.inputs.kind == 'text' else 'published images'} need a 'taxonomy'")
        return self


class FewShotSpec(Declaration):
    """Classification by likelihood: the label whose filled template the model finds likeliest after similar labelled examples."""

    task: Name
    """The text classification task whose training rows are the examples and whose test rows are asked."""
    template: str
    """With `{text}` and `{label}`, and a line break at its end where examples are told apart by lines."""
    labels: tuple[str, ...] = Field(min_length=2)
    """Rows with exactly one of these labels take part."""
    shots: int = Field(8, ge=0)
    """Examples before each question, the most similar training rows (Emo section 4.2 by way of OpenICL)."""
    questions: int = Field(200, ge=1)
    """Test rows asked, chosen by id."""


class LanguageModelingTask(TaskSpec):
    """Text to be modelled; scored by perplexity and by how far what the model writes is from what people wrote."""

    type: Literal["language_modeling"]
    columns: tuple[Name, ...] = ()
    """For a published source: the columns whose texts are joined by a space."""
    train_sentences: int | None = Field(None, ge=1)
    """How many sentences of the training text are used, from its beginning; all when not given."""
    prefix_words: int = Field(20, ge=1)
    continuation_words: int = Field(80, ge=1)
    """Words of each test text that the model is given, and that it must write."""
    prompts: int = Field(1000, ge=0)
    """Test texts continued, chosen by id. 0: none, and no score that needs them."""
    mauve_features: str = "minilm"
    """What MAUVE is taken over: `minilm`, or a folder or Hub id of a causal language model, such as openai-community/gpt2-large."""
    few_shot: FewShotSpec | None = None
    main_metric: Literal["mauve", "perplexity", "few_shot_accuracy"]

    @property
    def model_type(self) -> ModelType:
        return "language_modeling"


class PortraitAnimationTask(TaskSpec):
    """Move a portrait as a driving clip's landmarks tell: the same person's clip (self), or another one's (cross)."""

    type: Literal["portrait_animation"]
    reenactment: Literal["self", "cross"]
    """Which pairs are tested. Training pairs are of the same person in both."""
    size: int = Field(64, ge=32, le=1024)
    """Width and height, in pixels, that portraits and frames are brought to."""
    maximum_frames: int | None = Field(None, ge=1)
    """The most frames of a clip that are used, from its beginning."""
    test_pairs: int | None = Field(None, ge=1)
    """The most pairs tested, chosen by id within every style; all when not given."""
    judge_steps: int = Field(2200, ge=1)
    """How long the judge that finds landmarks in outputs is trained, in steps: the longer, the less its own error hides."""
    main_metric: Literal["ssim", "l1", "expression_error", "identity_similarity"]

    @property
    def model_type(self) -> ModelType:
        return "portrait_animation"


TASK_TYPES: dict[str, type[TaskSpec]] = {
    "text_classification": TextClassificationTask,
    "image_classification": ImageClassificationTask,
    "domain_generalization": DomainGeneralizationTask,
    "language_modeling": LanguageModelingTask,
    "portrait_animation": PortraitAnimationTask,
}
"""By the task's `type`, which is also the name of its runner in `benchmarks/runners`."""


def data_variable(task: str) -> str:
    """Returns the name of the environment variable that may hold the path of a task's external data."""
    return f"EMOHUB_DATA_{task.upper().replace('-', '_')}"


def data_owner(task: TaskSpec) -> str:
    """Returns the task under whose name the path of this task's external data is given."""
    return (task.source.path_of if isinstance(task.source, ExternalSource) else None) or task.name
