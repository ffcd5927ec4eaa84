"""Tiny random models of every architecture that EMoE converts, with something to feed them: 4 layers, 16 wide, 32 neurons a layer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from torch import Tensor, nn

LAYERS, HIDDEN, NEURONS, TOKENS = 4, 16, 32, 7


@dataclass(frozen=True)
class Architecture:
    """A model with random weights, and how it is called."""

    name: str
    make: Callable[[], nn.Module]
    picture: bool = False
    gated: bool = False

    def build(self, seed: int = 0) -> nn.Module:
        """Returns the model in float64, without dropout at work, its biases no longer zero."""
        torch.manual_seed(seed)
        model = self.make().double().eval()
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if name.endswith("bias"):
                    parameter.normal_(std=0.5)
        return model

    def inputs(self, rows: int = 3, seed: int = 1) -> Tensor:
        """Returns token ids (rows, tokens) or pictures (rows, 3, 8, 8)."""
        generator = torch.Generator().manual_seed(seed)
        if self.picture:
            return torch.randn(rows, 3, 8, 8, generator=generator, dtype=torch.float64)
        return torch.randint(2, 40, (rows, TOKENS), generator=generator)


def run(model: nn.Module, inputs: Tensor) -> Tensor:
    """Returns the last hidden states, the logits or the features, whatever the model gives first."""
    found: Any = model(inputs)
    return found if isinstance(found, Tensor) else found[0]


def bert_config(**changes: Any) -> transformers.BertConfig:
    return transformers.BertConfig(**_sizes() | {"intermediate_size": NEURONS, "type_vocab_size": 2, **changes})


def gpt2_config(**changes: Any) -> transformers.GPT2Config:
    sizes = {"vocab_size": 40, "n_positions": 16, "n_embd": HIDDEN, "n_layer": LAYERS, "n_head": 2, "n_inner": NEURONS, "pad_token_id": 0}
    return transformers.GPT2Config(**sizes | changes)


def llama_config(**changes: Any) -> transformers.LlamaConfig:
    return transformers.LlamaConfig(**_sizes() | {"intermediate_size": NEURONS, "num_key_value_heads": 2, "mlp_bias": True, **changes})


def _sizes() -> dict[str, Any]:
    return {
        "vocab_size": 40,
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 2,
        "max_position_embeddings": 16,
        "pad_token_id": 0,
    }


def _picture_sizes() -> dict[str, Any]:
    sizes = {"hidden_size": HIDDEN, "num_hidden_layers": LAYERS, "num_attention_heads": 2, "intermediate_size": NEURONS, "image_size": 8, "patch_size": 4}
    return sizes


def _distilbert() -> nn.Module:
    return transformers.DistilBertModel(
        transformers.DistilBertConfig(vocab_size=40, dim=HIDDEN, n_layers=LAYERS, n_heads=2, hidden_dim=NEURONS, max_position_embeddings=16, pad_token_id=0)
    )


def _opt() -> nn.Module:
    return transformers.OPTModel(transformers.OPTConfig(**_sizes() | {"ffn_dim": NEURONS, "word_embed_proj_dim": HIDDEN}))


def _mistral() -> nn.Module:
    return transformers.MistralModel(transformers.MistralConfig(**_sizes() | {"intermediate_size": NEURONS, "num_key_value_heads": 2}))


def _qwen2() -> nn.Module:
    return transformers.Qwen2Model(transformers.Qwen2Config(**_sizes() | {"intermediate_size": NEURONS, "num_key_value_heads": 2}))


def open_clip_tower() -> nn.Module:
    from open_clip.transformer import VisionTransformer

    return VisionTransformer(image_size=8, patch_size=4, width=HIDDEN, layers=LAYERS, heads=2, mlp_ratio=2.0, output_dim=8)


def timm_tower() -> nn.Module:
    from timm.models.vision_transformer import VisionTransformer

    return VisionTransformer(img_size=8, patch_size=4, embed_dim=HIDDEN, depth=LAYERS, num_heads=2, mlp_ratio=2.0, num_classes=5)


BERT = Architecture("bert", lambda: transformers.BertModel(bert_config()))
GPT2 = Architecture("gpt2", lambda: transformers.GPT2LMHeadModel(gpt2_config()))
LLAMA = Architecture("llama", lambda: transformers.LlamaForCausalLM(llama_config()), gated=True)
VIT = Architecture("vit", lambda: transformers.ViTModel(transformers.ViTConfig(**_picture_sizes())), picture=True)
ARCHITECTURES = (
    BERT,
    Architecture("bert with a head", lambda: transformers.BertForSequenceClassification(bert_config(num_labels=3))),
    Architecture("roberta", lambda: transformers.RobertaModel(transformers.RobertaConfig(**_sizes() | {"intermediate_size": NEURONS}))),
    Architecture("distilbert", _distilbert),
    GPT2,
    Architecture("opt", _opt),
    LLAMA,
    Architecture("mistral", _mistral, gated=True),
    Architecture("qwen2", _qwen2, gated=True),
    VIT,
    Architecture("deit", lambda: transformers.DeiTModel(transformers.DeiTConfig(**_picture_sizes())), picture=True),
    Architecture("open_clip", open_clip_tower, picture=True),
    Architecture("timm", timm_tower, picture=True),
)
