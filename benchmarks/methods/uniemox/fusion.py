"""How the tokens of the scene and of the person become one vector of the teacher's width (arXiv 2409.18877, its figure and the released code)."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Fusion(nn.Module):
    """Fuses α and β to γ = Linear(`combine`). Where there is no person, β takes no part, in the result or in the gradient.

    Args:
        width: of α and β.
        heads: of the fusions that have any; must divide the width.
        teacher_width: of γ.
    """

    def __init__(self, width: int, heads: int, teacher_width: int) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"a fusion of width {width} cannot have {heads} heads; the number of heads must divide the width")
        self.heads = heads
        self.output = nn.Linear(width, teacher_width)

    def forward(self, scene: Tensor, person: Tensor, has_person: Tensor) -> Tensor:
        """Returns γ, (images, teacher width).

        Args:
            scene: α, (images, width).
            person: β, (images, width); whatever stands in the rows without a person is not looked at.
            has_person: (images,) bool.

        Raises:
            ValueError: the shapes differ.
        """
        if scene.ndim != 2 or person.shape != scene.shape or has_person.shape != scene.shape[:1]:
            raise ValueError(
                f"scene is {tuple(scene.shape)}, person {tuple(person.shape)} and has_person {tuple(has_person.shape)}; "
                "they must be (images, width), the same, and (images,)"
            )
        present = has_person[:, None]
        fused: Tensor = self.output(self.combine(scene, torch.where(present, person, 0), present))
        return fused

    def combine(self, scene: Tensor, person: Tensor, present: Tensor) -> Tensor:
        """Returns one vector an image, (images, width). `person` is 0 where `present`, (images, 1), is false."""
        raise NotImplementedError


class PriorFusion(Fusion):
    """γ = Linear(α ⊙ λ + β), with a learnt gate λ, 1 at first: the paper's figure, its "psychological prior"."""

    def __init__(self, width: int, heads: int, teacher_width: int) -> None:
        super().__init__(width, heads, teacher_width)
        self.gate = nn.Parameter(torch.ones(width))

    def combine(self, scene: Tensor, person: Tensor, present: Tensor) -> Tensor:
        return scene * self.gate + person


class SumELUFusion(Fusion):
    """γ = ELU(Linear(LN(α) + LN(β))), one layer norm for both: the released code's default."""

    def __init__(self, width: int, heads: int, teacher_width: int) -> None:
        super().__init__(width, heads, teacher_width)
        self.norm = nn.LayerNorm(width)

    def forward(self, scene: Tensor, person: Tensor, has_person: Tensor) -> Tensor:
        return functional.elu(super().forward(scene, person, has_person))

    def combine(self, scene: Tensor, person: Tensor, present: Tensor) -> Tensor:
        # The norm's bias would otherwise stand in for a person who is not there.
        normed: Tensor = self.norm(scene) + torch.where(present, self.norm(person), 0)
        return normed


class WeightedFusion(Fusion):
    """γ = Linear(w α + (1 - w) β) with one weight a head: a softmax over both tokens' learnt scores. Our reading of "multi-head weighted sum"."""

    def __init__(self, width: int, heads: int, teacher_width: int) -> None:
        super().__init__(width, heads, teacher_width)
        self.score = nn.Linear(width, heads)

    def combine(self, scene: Tensor, person: Tensor, present: Tensor) -> Tensor:
        scores = torch.stack([self.score(scene), self.score(person).masked_fill(~present, -torch.inf)], dim=1)
        parts = torch.stack([scene, person], dim=1).reshape(len(scene), 2, self.heads, -1)
        return (scores.softmax(dim=1).unsqueeze(3) * parts).sum(dim=1).flatten(1)


class AttentionFusion(Fusion):
    """γ = Linear(attention), multi-head: the scene asks, the scene and the person answer."""

    def __init__(self, width: int, heads: int, teacher_width: int) -> None:
        super().__init__(width, heads, teacher_width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)

    def combine(self, scene: Tensor, person: Tensor, present: Tensor) -> Tensor:
        tokens = torch.stack([scene, person], dim=1)
        absent = torch.cat([torch.zeros_like(present), ~present], dim=1)
        attended: Tensor = self.attention(scene[:, None], tokens, tokens, key_padding_mask=absent, need_weights=False)[0]
        return attended[:, 0]


FUSIONS: dict[str, type[Fusion]] = {"prior": PriorFusion, "sum_elu": SumELUFusion, "weighted": WeightedFusion, "attention": AttentionFusion}
"""By the name that the settings give."""
