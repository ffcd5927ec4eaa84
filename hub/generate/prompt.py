"""Prompts as versioned template files. What goes into them is data: it is never read as a template and cannot close its own fence."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jinja2
import jinja2.sandbox

from hub.errors import DeclarationError
from hub.files import file_digest
from hub.generate.filters import visible

_TAG = re.compile(r"[<＜﹤](?=[^\w<>＜‹]*[/／|｜]|[A-Za-z_]|\s*[A-Za-z_][\w-]*\s*[>＞﹥])([^<>＜＞﹤﹥]*)([>＞﹥]?)")
"""Where something like a tag or a chat marker opens: `<plot>`, `</plot >`, `< /plot>`, `< plot >`, `<|im_end|>`; `a < b` and `<3` do not."""
_ROLE = re.compile(r"\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|[gs]MASK)\])", re.IGNORECASE)
_ENVIRONMENT = jinja2.sandbox.SandboxedEnvironment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)


@dataclass(frozen=True)
class PromptTemplate:
    """One prompt. The version is the part of the file name before `.j2`."""

    path: Path

    @cached_property
    def version(self) -> str:
        match = re.search(r"\.(v\d+)\.j2$", self.path.name)
        if not match:
            raise DeclarationError(f"{self.path}: a prompt's file name ends in its version, as in actors.v1.j2")
        return match.group(1)

    @cached_property
    def hash(self) -> str:
        return file_digest(self.path)

    @cached_property
    def text(self) -> str:
        """The template as it is written.

        Raises:
            DeclarationError: there is no such file.
        """
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise DeclarationError(f"{self.path}: there is no such prompt file") from error

    @cached_property
    def _template(self) -> jinja2.Template:
        try:
            return _ENVIRONMENT.from_string(self.text)
        except jinja2.TemplateSyntaxError as error:
            raise DeclarationError(f"{self.path}:{error.lineno}: {error.message}") from error

    def render(self, inputs: Mapping[str, str]) -> str:
        """Fills the inputs in. Tags inside them, such as `</plot>`, are defused, so that a narrative cannot leave its fence."""
        try:
            return self._template.render({name: defuse(value) for name, value in inputs.items()})
        except jinja2.UndefinedError as error:
            raise DeclarationError(f"{self.path}: {error}; given are {', '.join(sorted(inputs))}") from error


def defuse(text: str) -> str:
    """Takes out what no reader sees, and replaces the brackets of anything that looks like a tag or a chat marker by look-alikes that close nothing."""
    return _ROLE.sub("⟦", _TAG.sub(lambda match: "‹" + match[1] + ("›" if match[2] else ""), visible(text)))
