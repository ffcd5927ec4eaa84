"""The forty-eight objects: how each is drawn and where it belongs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from hub.engine.render.objects import broken, comic, common, cosy, dread, foul, grand
from hub.engine.render.parameters import ObjectName
from hub.engine.render.sketch import Sketch


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object."""

    draw: Callable[[Sketch], None]
    """Notes it in coordinates from 0 to 1 across and 0 to `height` down."""
    width: float = 0.25
    """In shares of the picture."""
    height: float = 1.0
    """In widths."""
    spot: Literal["ground", "air", "back"] = "ground"
    """ground: stands at the front. air: hangs beside the figure. back: is large and far behind it."""
    top: float = 0.03
    """Of what is far behind: its upper edge, in shares of the picture."""


KINDS: Mapping[ObjectName, Kind] = {
    "rubber_duck": Kind(comic.rubber_duck, height=0.93),
    "party_hat": Kind(comic.party_hat, 0.22),
    "clown_mask": Kind(comic.clown_mask, 0.26),
    "banana_peel": Kind(comic.banana_peel),
    "jack_in_the_box": Kind(comic.jack_in_the_box, 0.27),
    "broken_vase": Kind(broken.broken_vase, 0.26, 0.97),
    "smashed_phone": Kind(broken.smashed_phone, 0.24),
    "torn_paper": Kind(broken.torn_paper),
    "punching_bag": Kind(broken.punching_bag, 0.22, 1.6, "air"),
    "dented_car": Kind(broken.dented_car, 0.36, 0.58),
    "rainbow": Kind(grand.rainbow, 0.96, 0.5, "back", 0.08),
    "aurora": Kind(grand.aurora, 1.0, 0.55, "back", 0.0),
    "galaxy": Kind(grand.galaxy, 0.9, 0.55, "back", 0.02),
    "waterfall": Kind(grand.waterfall, 0.4, 1.33, "back", 0.2),
    "whale": Kind(grand.whale, 0.6, 0.6, "back", 0.08),
    "tea_cup": Kind(cosy.tea_cup, 0.23),
    "sleeping_cat": Kind(cosy.sleeping_cat, 0.3, 0.72),
    "open_book": Kind(cosy.open_book, 0.27, 0.78),
    "armchair": Kind(cosy.armchair, 0.3),
    "candle": Kind(cosy.candle, 0.19, 1.23),
    "rotten_food": Kind(foul.rotten_food, 0.26, 0.97),
    "overflowing_bin": Kind(foul.overflowing_bin, 0.26, 1.14),
    "cockroaches": Kind(foul.cockroaches, 0.27),
    "mouldy_bread": Kind(foul.mouldy_bread, 0.24, 0.96),
    "slime": Kind(foul.slime, 0.26),
    "fireworks": Kind(grand.fireworks, 0.96, 0.47, "back", 0.0),
    "trophy": Kind(cosy.trophy, 0.23),
    "confetti": Kind(grand.confetti, 1.0, 0.9, "back", 0.0),
    "roller_coaster": Kind(grand.roller_coaster, 0.96, 0.62, "back", 0.1),
    "gift": Kind(cosy.gift, 0.24),
    "spider": Kind(dread.spider, 0.24, 1.0, "air"),
    "shadow_figure": Kind(dread.shadow_figure, 0.22, 1.8),
    "snake": Kind(dread.snake, 0.26),
    "glowing_eyes": Kind(dread.glowing_eyes, 0.28, 0.6, "air"),
    "knife": Kind(dread.knife, 0.2, 1.5),
    "wilted_flower": Kind(dread.wilted_flower, 0.23, 1.22),
    "gravestone": Kind(dread.gravestone, 0.25, 1.05),
    "broken_heart": Kind(dread.broken_heart, 0.24, 0.96, "air"),
    "empty_chair": Kind(dread.empty_chair, 0.22, 1.5),
    "teddy_bear": Kind(cosy.teddy_bear, 0.25),
    "bench": Kind(common.bench, 0.38, 0.68),
    "lamp": Kind(cosy.lamp, 0.24),
    "bicycle": Kind(common.bicycle, 0.36, 0.68),
    "umbrella": Kind(common.umbrella, 0.28),
    "clock": Kind(common.clock, 0.22),
    "tree": Kind(common.tree, 0.27, 1.47),
    "ball": Kind(common.ball, 0.2),
    "signpost": Kind(common.signpost, 0.22, 1.36),
}
