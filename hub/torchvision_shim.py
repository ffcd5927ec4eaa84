"""Lets a CUDA build of torchvision be imported beside a CPU build of torch.

PyPI has no CPU wheel of torchvision for Linux; the CUDA wheel's extension does not load there, and then `import torchvision` fails, and with
it evaluate, diffusers, open_clip and parts of transformers. Declaring the two missing operator schemas is enough for everything but
detection. torch runs this function at the end of its own import (entry point group `torch.backends`).
"""

import importlib.util
import pathlib
from typing import Any

_library: Any = None


def ensure_torchvision() -> None:
    """Declares torchvision's operators if its compiled extension cannot load; does nothing where it can."""
    global _library
    spec = importlib.util.find_spec("torchvision")
    if spec is None or not spec.submodule_search_locations or _library is not None:
        return
    import torch

    extension = next(pathlib.Path(spec.submodule_search_locations[0]).glob("_C*.so"), None)
    if extension is not None:
        try:
            torch.ops.load_library(str(extension))  # type: ignore[no-untyped-call]
            return
        except OSError:
            pass
    # The library object must stay alive as long as the process, or the operators vanish.
    _library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    _library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
