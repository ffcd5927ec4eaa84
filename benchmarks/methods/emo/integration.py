"""The losses inside transformers: a loss function for causal language models, and a forward pass that never makes their logits."""

import functools
import inspect
import types
from collections.abc import Callable
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import CausalLMOutputWithPast

from benchmarks.methods.emo.linear import linear_objective_loss
from benchmarks.methods.emo.losses import objective_loss
from benchmarks.methods.emo.objectives import EMO, MLE, MixCE, Mode, Objective, Ratio, TaiLr, TaiLrForm, require_choice

ObjectiveName = Literal["emo", "mle", "tailr", "mixce"]
EmbeddingSource = Literal["output", "input"]


class EMOLoss:
    """A loss for `model.loss_function` of a transformers causal language model; it shifts the labels and divides by `num_items_in_batch`.

    The transport costs come from a copy of embeddings that is made once, gets no gradient, does not follow the model as it trains (tied embeddings
    included) and is in no state dict.

    Args:
        embeddings: (R, d) with R at most the model's vocabulary; any model's with the same tokenizer will do.
        model: Copies that model's embeddings instead. Make the loss before the model is trained, wrapped or sharded.
        source: Which of the model's: of its output projection or of its input.
        known_tokens: How many of the first rows belong to tokens of the tokenizer; the others (a padded vocabulary) cost 1. All rows where not given.
        objective: "emo", or "mle", "tailr" and "mixce", which need no embeddings.
        mode, ratio: Of "emo"; see `objectives.EMO`.
        gamma, form: Of "tailr"; see `objectives.TaiLr`.
        eta: Of "mixce"; see `objectives.MixCE`.

    Raises:
        ValueError: "emo" without embeddings or with two sources of them, embeddings that are not finite, or a keyword is none of its choices.
    """

    def __init__(
        self,
        embeddings: Tensor | None = None,
        *,
        model: PreTrainedModel | None = None,
        source: EmbeddingSource = "output",
        known_tokens: int | None = None,
        objective: ObjectiveName = "emo",
        mode: Mode = "mle",
        ratio: Ratio = "gt",
        gamma: float = 0.1,
        form: TaiLrForm = "paper",
        eta: float = 0.3,
    ) -> None:
        self.objective = _objective(objective, mode, ratio, gamma, form, eta)
        self._embeddings: Tensor | None = None
        if self.objective.needs_cost:
            if (embeddings is None) == (model is None):
                raise ValueError("objective 'emo' takes its costs from either embeddings or model; give exactly one of them")
            self._embeddings = _frozen_copy(_embeddings_of(model, source) if embeddings is None else embeddings, known_tokens)

    def __call__(
        self,
        logits: Tensor,
        labels: Tensor,
        vocab_size: int,
        num_items_in_batch: Tensor | int | None = None,
        ignore_index: int = -100,
        shift_labels: Tensor | None = None,
        **kwargs: Any,
    ) -> Tensor:
        """Returns the mean loss per predicted token, as transformers calls it.

        Args:
            logits: (..., length, V).
            labels: (..., length), not yet shifted.
            vocab_size: Not used; the last dimension of the logits counts.
            shift_labels: Labels that are shifted already, instead of `labels`.
            kwargs: Whatever else transformers passes on; not used.
        """
        targets = _targets(labels, shift_labels, ignore_index, logits)
        return objective_loss(
            logits.flatten(0, -2),
            targets,
            self.objective,
            self._embeddings_on(logits.device),
            ignore_index=ignore_index,
            num_items_in_batch=num_items_in_batch,
        )

    def from_hidden(
        self,
        hidden: Tensor,
        projection: nn.Linear,
        labels: Tensor,
        num_items_in_batch: Tensor | int | None = None,
        ignore_index: int = -100,
        shift_labels: Tensor | None = None,
    ) -> Tensor:
        """Returns the same from hidden states (..., length, h) and the output projection, without logits."""
        targets = _targets(labels, shift_labels, ignore_index, hidden)
        return linear_objective_loss(
            hidden.flatten(0, -2),
            projection.weight,
            targets,
            self.objective,
            self._embeddings_on(hidden.device),
            bias=projection.bias,
            ignore_index=ignore_index,
            num_items_in_batch=num_items_in_batch,
        )

    def _embeddings_on(self, device: torch.device) -> Tensor | None:
        if self._embeddings is not None and self._embeddings.device != device:
            self._embeddings = self._embeddings.to(device)
        return self._embeddings


def fuse(model: PreTrainedModel, loss: EMOLoss) -> PreTrainedModel:
    """Makes a causal language model compute `loss` in training without its logits, in place; the output then has `logits=None`.

    Without labels, and in evaluation mode, the forward pass stays the model's own, with `loss` on its logits. Call it before accelerate, peft, FSDP or
    `torch.compile` wrap the model, and `del model.forward` to undo it.

    Raises:
        ValueError: The forward pass is wrapped already, the output projection is no plain linear layer, or the model changes its logits after it.
    """
    if "forward" in vars(model):
        raise ValueError("the forward pass of this model is already wrapped; fuse it before accelerate or anything else does")
    _require_plain_logits(model)
    model.loss_function = loss
    model.forward = types.MethodType(_fused_forward(type(model).forward, loss), model)
    return model


def _fused_forward(original: Callable[..., Any], loss: EMOLoss) -> Callable[..., Any]:
    signature = inspect.signature(original)

    @functools.wraps(original)
    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        inputs = _by_name(signature, self, *args, **kwargs)
        if not self.training or inputs.get("labels") is None:
            return original(self, *args, **kwargs)
        labels = inputs.pop("labels")
        for_loss = {name: inputs[name] for name in ("num_items_in_batch", "ignore_index", "shift_labels") if name in inputs}
        outputs = self.base_model(**inputs, return_dict=True)
        value = loss.from_hidden(outputs.last_hidden_state, _plain_projection(self), labels, **for_loss)
        kept = {name: outputs.get(name) for name in ("past_key_values", "hidden_states", "attentions")}
        result = CausalLMOutputWithPast(loss=value, logits=None, **kept)
        return result if kwargs.get("return_dict", True) else result.to_tuple()

    return forward


def _by_name(signature: inspect.Signature, model: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Returns the arguments of a forward pass by name, without those that the model keeps from its base model."""
    found: dict[str, Any] = {}
    for name, value in signature.bind(model, *args, **kwargs).arguments.items():
        found |= value if signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD else {name: value}
    return {name: value for name, value in found.items() if name not in ("self", "logits_to_keep", "return_dict")}


@torch.no_grad()
def _require_plain_logits(model: Any) -> None:
    """Puts large numbers in the place of two tokens' logits: what scales, caps or shifts them afterwards would make the fused loss a different one."""
    projection = _plain_projection(model)
    if getattr(model.config, "output_router_logits", False):
        raise ValueError(f"{type(model).__name__} adds a router loss to its own; use the loss on its logits instead")
    ids = torch.tensor([[0, 1]], device=projection.weight.device)
    probe = torch.linspace(-1e3, 1e3, len(projection.weight)).to(projection.weight).expand(1, 2, -1)
    taken: list[Tensor] = []

    def replace(_: nn.Module, inputs: tuple[Tensor, ...], __: Tensor) -> Tensor:
        taken.append(inputs[0])
        return probe

    training = model.training
    model.eval()
    with projection.register_forward_hook(replace):
        logits = model(input_ids=ids, use_cache=False).logits
    hidden = model.base_model(input_ids=ids, use_cache=False).last_hidden_state
    model.train(training)
    if not torch.equal(logits, probe.to(logits)) or not torch.allclose(taken[0], hidden):
        raise ValueError(f"{type(model).__name__} does more to its logits than a linear layer; use the loss on them instead")


def _plain_projection(model: Any) -> nn.Linear:
    """Returns the output projection; an adapter on it, also one put there after fusing, would be passed by."""
    projection = model.get_output_embeddings()
    if type(projection) is not nn.Linear:
        raise ValueError(f"the output projection of {type(model).__name__} is no plain linear layer; use the loss on its logits instead")
    return projection


def _targets(labels: Tensor, shift_labels: Tensor | None, ignore_index: int, like: Tensor) -> Tensor:
    """Returns for every position the token that follows it, (tokens,); `ignore_index` at the end of a row."""
    if shift_labels is None:
        shift_labels = nn.functional.pad(labels, (0, 1), value=ignore_index)[..., 1:]
    return shift_labels.flatten().to(like.device)


def _objective(name: ObjectiveName, mode: Mode, ratio: Ratio, gamma: float, form: TaiLrForm, eta: float) -> Objective:
    require_choice("objective", name, get_args(ObjectiveName))
    match name:
        case "emo":
            return EMO(mode, ratio)
        case "mle":
            return MLE()
        case "tailr":
            return TaiLr(gamma, form)
        case "mixce":
            return MixCE(eta)


def _embeddings_of(model: Any, source: EmbeddingSource) -> Tensor:
    require_choice("source", source, get_args(EmbeddingSource))
    layer = model.get_output_embeddings() if source == "output" else model.get_input_embeddings()
    if layer is None:
        raise ValueError(f"{type(model).__name__} has no {source} embeddings; give embeddings instead")
    weight: Tensor = layer.weight
    return weight


def _frozen_copy(embeddings: Tensor, known_tokens: int | None) -> Tensor:
    if known_tokens is not None and not 0 < known_tokens <= len(embeddings):
        raise ValueError(f"known_tokens is {known_tokens}; the embeddings have {len(embeddings)} rows")
    copy = embeddings.detach()[:known_tokens].clone()
    if not copy.isfinite().all():
        raise ValueError("the embeddings hold values that are not finite; transport costs need a trained model's")
    return copy
