"""Where the feed-forward layers of a model are: found by the names and shapes of their parts, as transformers 5, open_clip and timm have them.

Every architecture here runs `down(activation(up(x)))` or, gated, `down(activation(up(x)) * value(x))`, with the activation a child of the block. That
is the one place where EMoE needs to stand: what the activation gives is what an expert's neurons say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D


@dataclass(frozen=True)
class Family:
    """How the blocks of some architectures name the parts of their feed-forward layer, relative to the block."""

    name: str
    up: str
    activation: str
    down: str
    value: str | None
    """The second input matrix of a gated layer."""
    between: tuple[str, ...]
    """Modules that some models run between activation and `down`; experts that run on their own need them to do nothing."""
    from_the_end: tuple[int, ...]
    """The paper's choice of layers: this many before the number of layers."""
    dropout_before_activation: bool
    """Where the released code puts its extra dropout."""


_BERT = Family("BERT", "intermediate.dense", "intermediate.intermediate_act_fn", "output.dense", None, (), (2,), True)
_DISTILBERT = Family("DistilBERT", "ffn.lin1", "ffn.activation", "ffn.lin2", None, (), (2,), True)
_GPT2 = Family("GPT-2", "mlp.c_fc", "mlp.act", "mlp.c_proj", None, (), (4,), True)
_OPT = Family("OPT", "fc1", "activation_fn", "fc2", None, (), (4,), True)
_LLAMA = Family("Llama", "mlp.gate_proj", "mlp.act_fn", "mlp.down_proj", "mlp.up_proj", (), (4, 2), True)
_VIT = Family("ViT", "mlp.fc1", "mlp.activation_fn", "mlp.fc2", None, (), (4, 2), False)
_OPEN_CLIP = Family("open_clip", "mlp.c_fc", "mlp.gelu", "mlp.c_proj", None, ("mlp.ln",), (4, 2), False)
_TIMM = Family("timm", "mlp.fc1", "mlp.act", "mlp.fc2", None, ("mlp.drop1", "mlp.norm"), (4, 2), False)
FAMILIES = (_BERT, _DISTILBERT, _GPT2, _OPT, _LLAMA, _VIT, _OPEN_CLIP, _TIMM)


@dataclass(frozen=True, eq=False)
class FeedForward:
    """The feed-forward layer of one block. `up`, `down` and `value` are the plain linear layers, also where an adapter is wrapped around them."""

    block: nn.Module
    family: Family
    up: nn.Module
    down: nn.Module
    value: nn.Module | None

    @property
    def linears(self) -> tuple[tuple[str, nn.Module], ...]:
        """Name (relative to the block) and plain layer of every linear part."""
        parts = ((self.family.up, self.up), (self.family.down, self.down))
        return parts if self.value is None or self.family.value is None else (*parts, (self.family.value, self.value))

    @property
    def adapted(self) -> bool:
        """Whether an adapter (LoRA and the like) stands around one of the linear layers now."""
        return any(_part(self.block, name) is not linear for name, linear in self.linears)

    @property
    def width(self) -> int:
        """Number of neurons."""
        return rows(self.up).shape[0]

    @property
    def hidden(self) -> int:
        """Size of what goes in."""
        return rows(self.up).shape[1]

    @property
    def activation(self) -> Any:
        return _part(self.block, self.family.activation)

    @property
    def interposed(self) -> tuple[str, ...]:
        """Names of the parts that change neurons between activation and `down`."""
        found = {name: _part(self.block, name) for name in self.family.between}
        inert = (nn.Identity, type(None))
        return tuple(name for name, part in found.items() if not isinstance(part, inert) and not (isinstance(part, nn.Dropout) and part.p == 0))

    def replace(self, name: str, module: Any) -> None:
        """Puts `module` in the place of the part called `name`, relative to the block."""
        parent_name, _, attribute = name.rpartition(".")
        parent = self.block.get_submodule(parent_name)
        # A plain function (some configurations name one) cannot take the place of a module unless the place is empty; a module keeps its place in the order.
        if not isinstance(module, nn.Module):
            delattr(parent, attribute)
        setattr(parent, attribute, module)


@dataclass(frozen=True, eq=False)
class Stack:
    """The blocks of a model, lowest first."""

    name: str
    layers: tuple[FeedForward, ...]
    config: Any
    """The transformers configuration that belongs to the blocks; None where there is none."""


def rows(linear: nn.Module) -> Tensor:
    """Returns the weight as (outputs, inputs), a view: GPT-2's Conv1D keeps it the other way round."""
    weight = linear.weight
    assert isinstance(weight, Tensor)
    return weight.t() if isinstance(linear, Conv1D) else weight


def bias(linear: nn.Module) -> Tensor | None:
    """Returns the bias (outputs,), or None."""
    found = linear.bias
    assert found is None or isinstance(found, Tensor)
    return found


def find_stack(model: nn.Module) -> Stack:
    """Returns the stack of transformer blocks in a model, a task model or any module that holds one.

    Raises:
        ValueError: there is none whose feed-forward layers are known, or several.
    """
    found = list(_stacks(model))
    # A model of pictures and texts has two towers; the picture tower is the one that EMoE was made for.
    visual = [stack for stack in found if "visual" in stack.name.split(".")]
    stacks = visual if len(found) > 1 and visual else found
    if not stacks:
        families = ", ".join(family.name for family in FAMILIES)
        raise ValueError(f"{type(model).__name__} holds no stack of blocks whose feed-forward layers are known (known: {families})")
    if len(stacks) > 1:
        names = ", ".join(stack.name for stack in stacks)
        raise ValueError(f"{type(model).__name__} holds several stacks of blocks ({names}); pass the part that holds the one you mean")
    return stacks[0]


def paper_layers(stack: Stack) -> tuple[int, ...]:
    """Returns which layers the paper converts, for this architecture and depth.

    Even layers only, counted from 0: the last one for BERT-like encoders (10 of 12, 22 of 24), the last but one for GPT-2 and OPT (44 of 48), the last two
    for vision transformers (8 and 10 of 12) and Llama (28 and 30 of 32). A depth that is odd counts as the even number below it; what would lie
    under layer 0 is left out, and layer 0 stands in when nothing is left.
    """
    depth = len(stack.layers) // 2 * 2
    chosen = tuple(depth - offset for offset in stack.layers[0].family.from_the_end if depth >= offset)
    return chosen or (0,)


def chosen_layers(stack: Stack, layers: str | Sequence[int]) -> tuple[int, ...]:
    """Returns the layers to convert, ascending: those named, or the paper's.

    Raises:
        ValueError: a layer does not exist or is named twice, or none is named.
    """
    if isinstance(layers, str):
        if layers != "paper":
            raise ValueError(f"layers is {layers!r}; it must be 'paper' or numbers of layers")
        return paper_layers(stack)
    chosen = tuple(sorted(layers))
    if not chosen or len(set(chosen)) < len(chosen) or chosen[0] < 0 or chosen[-1] >= len(stack.layers):
        raise ValueError(f"layers are {list(layers)}; name at least one of 0 to {len(stack.layers) - 1}, each once")
    return chosen


def _stacks(model: nn.Module) -> Iterator[Stack]:
    config: dict[str, Any] = {}
    for name, module in model.named_modules():
        parent = config.get(name.rpartition(".")[0]) if name else None
        # The innermost model's configuration is the one that is saved with its weights.
        config[name] = module.config if hasattr(module, "config") and hasattr(module.config, "to_dict") else parent
        if isinstance(module, nn.ModuleList | nn.Sequential) and len(module):
            layers = [_feed_forward(block) for block in module]
            known = tuple(layer for layer in layers if layer is not None)
            if len(known) == len(layers):
                yield Stack(name, known, config[name])


def _feed_forward(block: nn.Module) -> FeedForward | None:
    for family in FAMILIES:
        up, down = _linear(block, family.up), _linear(block, family.down)
        value = _linear(block, family.value) if family.value else None
        if up is None or down is None or (family.value and value is None) or _part(block, family.activation) is None:
            continue
        width, hidden = rows(up).shape
        if rows(down).shape == (hidden, width) and (value is None or rows(value).shape == (width, hidden)):
            return FeedForward(block, family, up, down, value)
    return None


def _linear(block: nn.Module, name: str) -> nn.Module | None:
    """Returns the linear layer of that name, without the adapters around it; None if there is no such."""
    module = _part(block, name)
    while hasattr(module, "base_layer"):
        module = module.base_layer
    return module if isinstance(module, nn.Linear | Conv1D) and module.weight.dim() == 2 else None


def _part(block: nn.Module, name: str) -> Any:
    part: Any = block
    for step in name.split("."):
        part = getattr(part, step, None)
    return part
