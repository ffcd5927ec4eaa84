"""What the profile may set for EmojiBench: the planned part, and the pictures that come from elsewhere."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from builders.emojibench.planning import Options as PlanningOptions
from hub.spec.options import parse_options


class Options(PlanningOptions):
    """All options of the dataset."""

    photos: bool = True
    """Whether the photographs that ship in science packages are taken in."""
    generated: int = Field(0, ge=0, le=100_000)
    """Portraits that the profile's text-to-image engine draws from prompts; all of them are test portraits."""
    portrait_clips: int = Field(4, ge=1, le=45)
    """Test clips that drive each portrait of which nothing but a still picture exists: photographs, generated ones, first frames of videos."""
    videos: str | None = None
    """A folder of recordings, relative to the project; a file is one person's, or the person's whose name stands before two underscores in its name."""
    videos_licence: str | None = None
    """Under which licence they are."""
    videos_split: Literal["train", "validation", "test"] = "test"

    @model_validator(mode="after")
    def _videos_have_a_licence(self) -> Self:
        if self.videos is not None and not (self.videos_licence or "").strip():
            raise ValueError("'videos' is set without 'videos_licence': say under which licence the recordings may be published")
        return self


def read_options(options: dict[str, Any]) -> Options:
    """Validates the dataset's own part of a profile.

    Raises:
        DeclarationError: it is not what `Options` asks for.
    """
    return parse_options(Options, "emojibench", options)
