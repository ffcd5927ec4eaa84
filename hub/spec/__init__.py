"""Declarations: the YAML files a user writes, as typed and validated objects."""

from hub.spec.claim import ClaimSpec
from hub.spec.dataset import ConfigurationSpec, DatasetSpec, ImageDatasetSpec, ReleaseChecks, StepSpec, TextDatasetSpec
from hub.spec.loader import load
from hub.spec.model import ModelSpec
from hub.spec.params import ParamsSpec
from hub.spec.profile import GenerationSpec, ImageGenerationSpec, ProfileSpec, PublishSpec, TextGenerationSpec
from hub.spec.registry import Registry
from hub.spec.scale import ScaleSpec
from hub.spec.strict_yaml import read_yaml
from hub.spec.task import (
    DomainGeneralizationTask,
    ImageClassificationTask,
    LanguageModelingTask,
    PortraitAnimationTask,
    TaskSpec,
    TextClassificationTask,
)

__all__ = [
    "ClaimSpec",
    "ConfigurationSpec",
    "DatasetSpec",
    "DomainGeneralizationTask",
    "GenerationSpec",
    "ImageClassificationTask",
    "ImageDatasetSpec",
    "ImageGenerationSpec",
    "LanguageModelingTask",
    "ModelSpec",
    "ParamsSpec",
    "PortraitAnimationTask",
    "ProfileSpec",
    "PublishSpec",
    "Registry",
    "ReleaseChecks",
    "ScaleSpec",
    "StepSpec",
    "TaskSpec",
    "TextClassificationTask",
    "TextDatasetSpec",
    "TextGenerationSpec",
    "load",
    "read_yaml",
]
