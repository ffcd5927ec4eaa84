"""What every declaration shares: strict, frozen, named."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64, description="Lower-case letters, digits, '_' and '-'.")]
ImportReference = Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", description="A Python object as 'package.module:object'.")]
Share = Annotated[float, Field(ge=0, le=1)]


class Declaration(BaseModel):
    """A part of a YAML declaration: unknown keys are errors, values are never coerced, instances never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class Citation(Declaration):
    """Where a dataset, task, model or number comes from."""

    title: str
    authors: str
    year: int
    url: str | None = None
    bibtex: str | None = None
