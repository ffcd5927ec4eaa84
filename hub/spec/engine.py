"""Engines as declared in a profile: which one answers, and what of it changes the answer."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, WrapValidator
from pydantic_core import PydanticKnownError

from hub.spec.base import Declaration

_ADDRESS = r"^https?://[^@?#\s]+$"


def _addresses(value: Any) -> str | tuple[str, ...]:
    """One address or several different ones. One validator for both, so that a mistake is one sentence and not one for each form."""
    if isinstance(value, str):
        if not re.search(_ADDRESS, value):
            raise PydanticKnownError("string_pattern_mismatch", {"pattern": _ADDRESS})
        return value
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("expected an address, such as http://localhost:8000/v1, or a list of them")
    for one in value:
        if not isinstance(one, str) or not re.search(_ADDRESS, one):
            raise ValueError(f"{one!r} in the list is no address such as http://localhost:8000/v1: it has to match {_ADDRESS}")
    plain = [one.rstrip("/") for one in value]
    twice = next((one for one in plain if plain.count(one) > 1), None)
    if twice:
        raise ValueError(f"{twice} stands in the list twice: name each server once")
    return tuple(value)


_ADDRESS_SCHEMA = {"type": "string", "pattern": _ADDRESS}
_ADDRESSES_SCHEMA = {"anyOf": [_ADDRESS_SCHEMA, {"type": "array", "items": _ADDRESS_SCHEMA, "minItems": 1, "uniqueItems": True}]}
Addresses = Annotated[str | tuple[str, ...], WrapValidator(lambda value, _: _addresses(value)), WithJsonSchema(_ADDRESSES_SCHEMA)]


class Sampling(Declaration):
    """How tokens are drawn. Part of every request's fingerprint."""

    temperature: float = Field(default=0.0, ge=0, le=5)
    """0 is greedy decoding."""
    top_p: float = Field(default=1.0, gt=0, le=1)
    repetition_penalty: float = Field(default=1.0, gt=0, le=5)
    """1 is none. Sent to servers as an extension of the OpenAI protocol only when it is not 1."""


class AuthoredEngineSpec(Declaration):
    """The embedded engine: answers from text that was written by hand for the dataset. No model, no network."""

    kind: Literal["authored"]


class LanguageModelSpec(Declaration):
    """What the engines that run a language model have in common."""

    licence: str | None = None
    """The licence of the weights, as their card declares it. It changes no answer; the cards of what is made with it name it."""


class EndpointEngineSpec(LanguageModelSpec):
    """Any server that speaks the OpenAI chat completions protocol: vLLM, Ollama, llama.cpp, a hosted service."""

    kind: Literal["endpoint"]
    url: Addresses
    """The base address, with its version part, as in http://localhost:11434/v1. No user name, password or key in it. Or a list of them: servers that all
    run the same model share the requests."""
    model: str
    revision: str | None = None
    """Which build of the model the server runs, where you know it. Recorded; part of the fingerprint."""
    api_key_variable: str | None = Field(default=None, pattern=r"^[A-Za-z_]\w*$")
    """The NAME of the environment variable that holds the key. The key itself never stands in a file."""
    concurrency: int = Field(default=32, ge=1, le=4096)
    """The most requests in flight at each server. The engine lowers it by itself when a server answers 429 or 503."""
    timeout: float = Field(default=120.0, gt=0)
    """Seconds one request may take."""
    attempts: int = Field(default=6, ge=1)
    """How often one request is sent before the run stops, waiting longer each time."""
    structured: Literal["json_schema", "json_object", "none"] = "json_schema"
    """How the server is told to answer in JSON; answers are validated here whatever it says."""

    @property
    def urls(self) -> tuple[str, ...]:
        """Every server's base address, without a slash at its end."""
        return tuple(one.rstrip("/") for one in ((self.url,) if isinstance(self.url, str) else self.url))


class TransformersEngineSpec(LanguageModelSpec):
    """A model run in this process with transformers; JSON is enforced token by token."""

    kind: Literal["transformers"]
    model: str
    """A folder, or a Hub id."""
    revision: str | None = None
    device: str = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    batch_size: int = Field(default=8, ge=1)


class VllmEngineSpec(LanguageModelSpec):
    """vLLM servers that this project starts and watches over, one per GPU."""

    kind: Literal["vllm"]
    model: str
    revision: str | None = None
    interpreter: str = "python"
    """The Python that has vLLM; it may live in an environment of its own, since vLLM pins its own torch."""
    command: tuple[str, ...] = ()
    """Replaces the start command up to `arguments`; `{model}` and `{port}` are filled in."""
    arguments: tuple[str, ...] = ()
    """Added to the server's command line."""
    environment: dict[str, str] = {}
    data_parallel: int = Field(default=1, ge=1, le=64)
    """How many servers, each on one GPU of its own."""
    max_model_len: int | None = Field(default=None, ge=16)
    concurrency: int = Field(default=128, ge=1)
    """The most requests in flight at each server."""
    timeout: float = Field(default=600.0, gt=0)
    """Seconds one request may take."""
    start_timeout: float = Field(default=900.0, gt=0)
    """Seconds until the first answer of a server that was started: loading the model and compiling included."""
    silence_timeout: float = Field(default=180.0, gt=0)
    """Seconds without one finished answer, while requests wait, after which a server counts as hung and is restarted."""
    restarts: int = Field(default=5, ge=0)
    """How often one server is restarted before the run stops."""


class RenderEngineSpec(Declaration):
    """The embedded image engine: draws what it is told, with exact ground truth. No model, no network."""

    kind: Literal["render"]
    workers: int | None = Field(default=None, ge=1, le=256)
    """Processes that draw beside each other; one a core when not given. It changes nothing but the speed."""


class DiffusersEngineSpec(Declaration):
    """A text-to-image pipeline run in this process with diffusers: Stable Diffusion 1.5, SDXL, SDXL-Turbo or FLUX and their like."""

    kind: Literal["diffusers"]
    model: str
    """A folder, or a Hub id."""
    revision: str | None = None
    licence: str
    """The licence of the weights as their card declares it; the engine checks that it does."""
    steps: int = Field(ge=1, le=1000)
    guidance: float = Field(ge=0, le=50)
    """Classifier-free guidance; 0 for distilled pipelines that have none."""
    scheduler: str | None = None
    """The name of a diffusers scheduler; the pipeline's own when not given."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    device: str = "auto"
    negative_prompt: str = ""
    safety_checker: bool = True
    """Whether the pipeline's own safety checker runs, where it has one. What it says is kept with every image."""
    offload: bool = False
    """Whether parts of the pipeline wait in main memory while others work: slower, for small GPUs."""


ImageEngineSpec = Annotated[RenderEngineSpec | DiffusersEngineSpec, Field(discriminator="kind")]

EngineSpec = Annotated[AuthoredEngineSpec | EndpointEngineSpec | TransformersEngineSpec | VllmEngineSpec, Field(discriminator="kind")]
