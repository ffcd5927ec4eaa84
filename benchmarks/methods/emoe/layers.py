"""The one module that EMoE adds to a model: an activation that silences the neurons of the experts a token did not choose.

It stands where the activation of a feed-forward layer stood. Weights stay where and as they are, so `state_dict` stays that of the dense model, an adapter
around a linear layer works as ever, and putting the old activation back is the whole way home.
"""

import warnings
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx
from torch.nn import functional

from benchmarks.methods.emoe.adapters import FeedForward, bias, rows
from benchmarks.methods.emoe.experts import BACKENDS
from benchmarks.methods.emoe.routing import CosineRouter, RoutedModule, Routing, balance_loss, chosen_weights, select, within_capacity
from benchmarks.methods.emoe.settings import ExpertSettings


class ExpertActivation(RoutedModule):
    """The activation of a feed-forward layer whose neurons are grouped into experts.

    With backend `masked` it gets the pre-activations (..., neurons) and gives the activations, 0 for neurons of other experts. With `grouped` and `loop` the
    linear layers around it let everything pass, and it runs the chosen experts itself, from the layer's input to its output.
    """

    labels: Tensor
    """(neurons,), which expert owns a neuron. Not part of the state: the dense model's checkpoint stays what it was."""

    def __init__(self, layer: FeedForward, number: int, settings: ExpertSettings, labels: Tensor) -> None:
        super().__init__()
        self.number = number
        self.settings = settings
        # The layer refers to modules that others own: kept out of the registry of children, for they have their names already.
        self.feed_forward = layer
        self.activation = layer.activation
        keys = rows(layer.up)
        self.register_buffer("labels", labels.to(keys.device), persistent=False)
        self.router: CosineRouter | None = None
        if settings.gate == "learned":
            wide = torch.promote_types(keys.dtype, torch.float32)
            self.router = CosineRouter(layer.hidden, settings.num_experts, settings.seed).to(keys.device, wide)
        self.alone = settings.backend in BACKENDS
        self._refuse_what_cannot_be_replaced()
        self.train(layer.block.training)
        self._inputs: Tensor | None = None
        self._hooks: list[Any] = []

    def attach(self) -> None:
        """Takes the activation's place."""
        if self.alone:
            self._let_pass()
            self._hooks.append(self.feed_forward.block.register_forward_pre_hook(self._mask_under_adapters))
        if self.settings.gate == "learned" or self.settings.fidelity.auxiliary_loss:
            self._hooks.append(self.feed_forward.up.register_forward_pre_hook(self._remember_inputs))
        self.feed_forward.replace(self.feed_forward.family.activation, self)

    def detach(self) -> None:
        """Puts the activation back and undoes everything else."""
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()
        if self.alone:
            self._stop_letting_pass()
        self.feed_forward.replace(self.feed_forward.family.activation, self.activation)

    def forward(self, hidden: Tensor) -> Tensor:
        if self.alone:
            flat = hidden.reshape(-1, hidden.shape[-1])
            routing = self._route(flat, None)
            members = self.labels.argsort(stable=True).view(self.settings.num_experts, -1)
            return BACKENDS[self.settings.backend](self.feed_forward, self._activate, members, flat, routing).view(hidden.shape)
        inputs, self._inputs = self._inputs, None
        routing = self._route(None if inputs is None else inputs.reshape(-1, inputs.shape[-1]), hidden.detach().reshape(-1, hidden.shape[-1]))
        active = self._activate(hidden)
        if routing.weights is None:
            kept: Tensor = _KeepChosen.apply(active, routing.chosen, self.labels)  # type: ignore[no-untyped-call]
            return kept
        return active * routing.weights.to(active.dtype).index_select(1, self.labels).view(active.shape)

    def extra_repr(self) -> str:
        settings = self.settings
        return f"num_experts={settings.num_experts}, top_k={settings.top_k}, selector={settings.selector}, gate={settings.gate}, backend={settings.backend}"

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_inputs": None}

    def _activate(self, hidden: Tensor) -> Tensor:
        dropout, before = self.settings.fidelity.expert_dropout, self.feed_forward.family.dropout_before_activation
        if dropout and before:
            hidden = functional.dropout(hidden, dropout, self.training)
        active: Tensor = self.activation(hidden)
        return functional.dropout(active, dropout, self.training) if dropout and not before else active

    def _route(self, inputs: Tensor | None, before: Tensor | None) -> Routing:
        """Chooses experts by the layer's input (tokens, hidden) or, where that is not at hand, by its pre-activations (tokens, neurons)."""
        settings, fidelity = self.settings, self.settings.fidelity
        logits = self._logits(inputs, before)
        noise = fidelity.gate_noise / settings.num_experts if self.training else 0.0
        noisy = logits + noise * torch.randn_like(logits) if noise else logits
        scores = noisy.detach()
        chosen = select(scores, settings.selector, settings.top_k)
        if self.training and fidelity.auxiliary_loss:
            self.leave_auxiliary_loss(fidelity.auxiliary_loss * balance_loss(logits, noisy, chosen, noise))
        weights = chosen_weights(noisy, chosen) if settings.gate == "learned" else None
        if fidelity.capacity_factor is None:
            return Routing(chosen, weights)
        served = within_capacity(scores, chosen, settings.top_k, fidelity.capacity_factor)
        return Routing(served, None if weights is None else weights * served)

    def _logits(self, inputs: Tensor | None, before: Tensor | None) -> Tensor:
        """Returns the gate's scores (tokens, experts), in float32 or the model's own precision if that is higher."""
        given = before if inputs is None else inputs
        assert given is not None
        with torch.autocast(given.device.type, enabled=False):
            if self.router is None:
                return self._average_key_scores(inputs, before)
            logits: Tensor = self.router(given.to(self.router.directions.dtype))
            return logits.to(torch.promote_types(logits.dtype, torch.float32))

    def _average_key_scores(self, inputs: Tensor | None, before: Tensor | None) -> Tensor:
        """Returns the product of every token with the mean key of every expert.

        The mean of the pre-activations less the mean bias is the same number, and holds for keys that an adapter changes.
        """
        wide = torch.promote_types(rows(self.feed_forward.up).dtype, torch.float32)
        experts = torch.arange(self.settings.num_experts, device=self.labels.device)
        average = (self.labels == experts.unsqueeze(1)).to(wide) * (len(experts) / len(self.labels))
        found = bias(self.feed_forward.up)
        mean_bias = None if found is None else average @ found.detach().to(wide)
        if inputs is not None:
            keys = average @ rows(self.feed_forward.up).detach().to(wide)
            return functional.linear(inputs.to(wide), keys, mean_bias if self.settings.gate_bias else None)
        assert before is not None
        scores = functional.linear(before.to(wide), average)
        return scores if mean_bias is None or self.settings.gate_bias else scores - mean_bias

    def _refuse_what_cannot_be_replaced(self) -> None:
        if isinstance(self.activation, nn.Module) and any(True for _ in (*self.activation.parameters(), *self.activation.buffers())):
            raise ValueError(f"the activation of layer {self.number}, {type(self.activation).__name__}, has state of its own; EMoE cannot stand in for it")
        if self.alone and self.feed_forward.interposed:
            raise ValueError(
                f"layer {self.number} runs {', '.join(self.feed_forward.interposed)} on its neurons, so backend {self.settings.backend!r} cannot run experts "
                "on their own; take backend 'masked'"
            )

    def _remember_inputs(self, module: nn.Module, arguments: tuple[Any, ...]) -> None:
        self._inputs = arguments[0]

    def _let_pass(self) -> None:
        self.feed_forward.up.forward = _same
        self.feed_forward.down.forward = _same
        if self.feed_forward.value is not None:
            self.feed_forward.value.forward = _one

    def _stop_letting_pass(self) -> None:
        for _, linear in self.feed_forward.linears:
            del linear.forward

    def _mask_under_adapters(self, module: nn.Module, arguments: tuple[Any, ...]) -> None:
        """An adapter adds to what its linear layer gives, so then the linear layer has to run; masking gives the same outputs."""
        if self.alone and self.feed_forward.adapted:
            self._stop_letting_pass()
            self.alone = False
            backend = self.settings.backend
            warnings.warn(f"layer {self.number} has adapters in its feed-forward layer: its experts are masked, not run by {backend!r}", stacklevel=2)


class _KeepChosen(torch.autograd.Function):
    """Zero where a neuron's expert was not chosen. Keeps (tokens, experts) for the backward pass, not the mask as wide as the layer."""

    @staticmethod
    def forward(active: Tensor, chosen: Tensor, labels: Tensor) -> Tensor:
        # On a CPU, selecting from a matrix of the activations' own type is several times as fast as from booleans or from more dimensions.
        mask = chosen.to(active.dtype).index_select(1, labels).view(active.shape)
        return mask.mul_(active)

    @staticmethod
    def setup_context(ctx: FunctionCtx, inputs: tuple[Tensor, Tensor, Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs[1:])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        kept: Tensor = _KeepChosen.apply(gradient, *ctx.saved_tensors)  # type: ignore[no-untyped-call]
        return kept, None, None


def _same(hidden: Tensor) -> Tensor:
    return hidden


def _one(hidden: Tensor) -> float:
    return 1.0
