"""The diffusers engine with real pipelines in miniature: seeds, batches, safety, licences and refusals."""

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from hub.engine.diffusers import DiffusersEngine
from hub.engine.images import Drawn, ImageRequest
from hub.errors import DeclarationError, EngineError
from hub.spec.engine import DiffusersEngineSpec
from tests.support.tiny_pipelines import SIZE, make_flux, make_stable_diffusion, make_stable_diffusion_xl, set_checker_threshold

LICENCES = {
    "sd": "creativeml-openrail-m",
    "passing": "creativeml-openrail-m",
    "flagging": "creativeml-openrail-m",
    "xl": "sai-nc-community",
    "flux": "apache-2.0",
}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder a pipeline."""
    base = tmp_path_factory.mktemp("models")
    make_stable_diffusion(base / "sd")
    make_stable_diffusion(base / "passing", checker=2.0)
    make_stable_diffusion(base / "flagging", checker=-2.0)
    make_stable_diffusion_xl(base / "xl")
    make_flux(base / "flux")
    return base


def _spec(models: Path, name: str = "sd", **changes: Any) -> DiffusersEngineSpec:
    turbo = name == "xl"
    values: dict[str, Any] = {
        "kind": "diffusers",
        "model": str(models / name),
        "licence": LICENCES[name],
        "steps": 1 if turbo else 2,
        "guidance": 0.0 if turbo else 5.0,
        "device": "cpu",
    }
    return DiffusersEngineSpec.model_validate(values | changes)


def _request(number: int, prompt: str = "", size: int = SIZE, seed: int | None = None, negative_prompt: str = "") -> ImageRequest:
    return ImageRequest(f"r{number}", prompt or f"a portrait, number {number}", negative_prompt, None, size, 1000 + number if seed is None else seed)


def _batch(count: int = 3) -> list[ImageRequest]:
    return [_request(number) for number in range(count)]


def _draw(spec: DiffusersEngineSpec, batch: list[ImageRequest]) -> list[Drawn]:
    with DiffusersEngine(spec) as engine:
        return engine.draw(batch)


def _pixels(drawn: Drawn) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(drawn.png)))


def _identity(spec: DiffusersEngineSpec) -> dict[str, Any]:
    with DiffusersEngine(spec) as engine:
        return dict(engine.identity)


@pytest.mark.parametrize("name", ["sd", "passing", "xl", "flux"])
def test_the_same_batch_gives_the_same_bytes_in_a_fresh_engine(models: Path, name: str) -> None:
    spec = _spec(models, name)
    first, again = _draw(spec, _batch()), _draw(spec, _batch())
    assert first == again
    assert [one.id for one in first] == ["r0", "r1", "r2"]
    assert all(_pixels(one).shape == (SIZE, SIZE, 3) and one.truth is None for one in first)
    assert len({one.png for one in first}) == 3


@pytest.mark.parametrize("name", ["sd", "xl", "flux"])
def test_a_row_keeps_its_picture_whatever_its_place_and_company_within_a_level_or_two(models: Path, name: str) -> None:
    batch = _batch()
    with DiffusersEngine(_spec(models, name)) as engine:
        forward, backward, alone = engine.draw(batch), engine.draw(batch[::-1]), engine.draw(batch[1:2])
    assert [one.id for one in backward] == ["r2", "r1", "r0"]
    for one, other in [*zip(forward, backward[::-1], strict=True), (forward[1], alone[0])]:
        assert one.id == other.id
        assert np.abs(_pixels(one).astype(int) - _pixels(other)).max() <= 2


def test_seed_and_prompt_each_change_the_picture(models: Path) -> None:
    batch = [_request(0, "a cat", seed=1), _request(1, "a cat", seed=2), _request(2, "a dog", seed=1), _request(3, "a cat", seed=1)]
    cat, other_seed, dog, twin = (one.png for one in _draw(_spec(models), batch))
    assert len({cat, other_seed, dog}) == 3
    assert np.abs(np.asarray(Image.open(io.BytesIO(cat))).astype(int) - np.asarray(Image.open(io.BytesIO(twin)))).max() <= 2


def test_the_pictures_are_those_that_the_pipeline_draws_by_itself(models: Path) -> None:
    from diffusers import StableDiffusionPipeline

    batch = _batch(2)
    pipeline = StableDiffusionPipeline.from_pretrained(models / "sd", use_safetensors=True)
    pipeline.set_progress_bar_config(disable=True)
    generators = [torch.Generator().manual_seed(one.seed) for one in batch]
    prompts = [one.prompt for one in batch]
    expected = pipeline(prompt=prompts, width=SIZE, height=SIZE, num_inference_steps=2, guidance_scale=5.0, generator=generators).images
    for one, picture in zip(_draw(_spec(models), batch), expected, strict=True):
        assert np.array_equal(_pixels(one), np.asarray(picture))


def test_no_batch_is_no_call(models: Path) -> None:
    assert _draw(_spec(models), []) == []


def test_negative_prompts_count_where_guidance_is_on_and_the_rows_own_comes_first(models: Path) -> None:
    plain = _request(0)
    worse = _request(0, negative_prompt="blurred")
    assert _draw(_spec(models), [plain])[0].png != _draw(_spec(models), [worse])[0].png
    assert _draw(_spec(models, negative_prompt="blurred"), [plain]) == _draw(_spec(models), [worse])
    assert _draw(_spec(models, negative_prompt="a hat"), [worse]) == _draw(_spec(models), [worse])


@pytest.mark.parametrize(("name", "used"), [("sd", True), ("xl", False), ("flux", False)])
def test_the_identity_says_whether_negative_prompts_are_used(models: Path, name: str, used: bool) -> None:
    spec = _spec(models, name)
    assert _identity(spec)["negative_prompts_used"] is used
    changed = _draw(spec, [_request(0)]) != _draw(spec, [_request(0, negative_prompt="blurred")])
    assert changed is used


@pytest.mark.parametrize(("name", "state"), [("sd", "none"), ("passing", "passed"), ("flagging", "flagged"), ("xl", "none"), ("flux", "none")])
def test_what_the_safety_checker_says_is_kept(models: Path, name: str, state: str) -> None:
    spec = _spec(models, name)
    drawn = _draw(spec, _batch(2))
    assert [one.moderation for one in drawn] == [state, state]
    assert all((_pixels(one) == 0).all() == (state == "flagged") for one in drawn)
    assert _identity(spec)["safety_checker"] is (state != "none")


def test_only_the_row_that_is_flagged_is_marked_and_black(models: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(models / "passing", tmp_path / "picky"))
    batch = _batch(4)
    pictures = [Image.fromarray(_pixels(one)) for one in _draw(_spec(models), batch)]
    flagged = set_checker_threshold(folder, pictures)
    drawn = _draw(_spec(models, "passing", model=str(folder)), batch)
    assert [one.moderation for one in drawn] == ["flagged" if row == flagged else "passed" for row in range(4)]
    assert [bool((_pixels(one) == 0).all()) for one in drawn] == [row == flagged for row in range(4)]


def test_a_safety_checker_that_is_switched_off_says_nothing(models: Path) -> None:
    spec = _spec(models, "flagging", safety_checker=False)
    assert [one.moderation for one in _draw(spec, _batch(1))] == ["none"]
    assert _draw(spec, _batch(2)) == _draw(_spec(models), _batch(2))
    assert _identity(spec)["safety_checker"] is False


def test_the_identity_changes_with_whatever_changes_a_pixel(models: Path) -> None:
    spec = _spec(models)
    kept = _identity(spec)
    assert (kept["pipeline"], kept["scheduler"]) == ("StableDiffusionPipeline", "PNDMScheduler")
    assert kept == _identity(spec)
    json.dumps(kept)
    for change in (
        {"steps": 3},
        {"guidance": 4.0},
        {"scheduler": "DDIMScheduler"},
        {"revision": "v2"},
        {"dtype": "bfloat16"},
        {"negative_prompt": "blurred"},
    ):
        assert _identity(_spec(models, **change)) != kept, change
    assert {name for name in ("sd", "passing", "flagging") if _identity(_spec(models, name)) == kept} == {"sd"}


def test_other_settings_of_a_scheduler_and_other_weights_are_another_identity(models: Path, tmp_path: Path) -> None:
    kept = _identity(_spec(models))
    folder = Path(shutil.copytree(models / "sd", tmp_path / "sd"))
    assert _identity(_spec(models, model=str(folder))) == kept
    settings = json.loads((folder / "scheduler/scheduler_config.json").read_text())
    (folder / "scheduler/scheduler_config.json").write_text(json.dumps(settings | {"beta_end": 0.02}))
    changed = _identity(_spec(models, model=str(folder)))
    assert changed["scheduler_config"] != kept["scheduler_config"]
    assert changed["model"] != kept["model"]


def test_another_scheduler_draws_another_picture_and_one_that_does_not_fit_is_refused(models: Path) -> None:
    assert _draw(_spec(models, scheduler="DPMSolverMultistepScheduler"), _batch(1)) != _draw(_spec(models), _batch(1))
    with pytest.raises(EngineError, match="'DDIMScheduler' does not go with a FluxPipeline; .*FlowMatchEulerDiscreteScheduler"):
        _draw(_spec(models, "flux", scheduler="DDIMScheduler"), _batch(1))


def test_pickled_weights_are_refused(models: Path, tmp_path: Path) -> None:
    for name in ("unet/diffusion_pytorch_model.bin", "model.ckpt", "vae/extra.PT"):
        folder = Path(shutil.copytree(models / "sd", tmp_path / "pickled", dirs_exist_ok=True))
        (folder / name).write_bytes(b"")
        with pytest.raises(EngineError, match=f"{name} holds pickled weights, which can run code: save the pipeline as safetensors"):
            _draw(_spec(models, model=str(folder)), _batch(1))
        (folder / name).unlink()


def test_a_folder_with_code_of_its_own_is_refused_and_the_code_never_runs(models: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(models / "sd", tmp_path / "code"))
    index = json.loads((folder / "model_index.json").read_text())
    trace = tmp_path / "it-ran"
    code = f"open({str(trace)!r}, 'w').close()\nfrom diffusers import StableDiffusionPipeline as Own, UNet2DConditionModel as OwnUnet\n"
    for place in ("pipeline.py", "own.py", "unet/own.py"):
        (folder / place).write_text(code)
    for change in ({"_class_name": ["pipeline", "Own"]}, {"unet": ["own", "OwnUnet"]}):
        (folder / "model_index.json").write_text(json.dumps(index | change))
        with pytest.raises(EngineError, match="cannot be loaded") as caught:
            _draw(_spec(models, model=str(folder)), _batch(1))
        assert "\n" not in str(caught.value)
    assert not trace.exists()


def test_a_licence_that_differs_from_the_cards_is_refused(models: Path) -> None:
    with pytest.raises(DeclarationError, match="says 'apache-2.0', but the card of .* says 'creativeml-openrail-m'"):
        _draw(_spec(models, licence="apache-2.0"), _batch(1))


def test_missing_weights_are_one_sentence(models: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"there is no model folder '\./nowhere'"):
        _draw(_spec(models, model="./nowhere"), _batch(1))
    (tmp_path / "empty").mkdir()
    with pytest.raises(EngineError, match=r"holds no model_index\.json"):
        _draw(_spec(models, model=str(tmp_path / "empty")), _batch(1))
    folder = Path(shutil.copytree(models / "sd", tmp_path / "torn"))
    (folder / "unet/diffusion_pytorch_model.safetensors").write_bytes(b"torn")
    with pytest.raises(EngineError, match="cannot be loaded") as caught:
        _draw(_spec(models, model=str(folder)), _batch(1))
    assert "\n" not in str(caught.value)


def test_a_hub_id_is_drawn_with_from_the_cache_and_its_commit_is_recorded(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    cached = tmp_path / "models--someone--tiny"
    shutil.copytree(models / "sd", cached / "snapshots" / commit)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    spec = _spec(models, model="someone/tiny")
    assert [_pixels(one).tolist() for one in _draw(spec, _batch(2))] == [_pixels(one).tolist() for one in _draw(_spec(models), _batch(2))]
    identity = _identity(spec)
    assert (identity["model"], identity["revision"]) == ("someone/tiny", commit)
    with pytest.raises(EngineError, match="the card of 'someone/tiny' cannot be reached"):
        _identity(_spec(models, model="someone/tiny", revision="v1"))
    shutil.rmtree(cached / "snapshots" / commit / "unet")
    with pytest.raises(EngineError, match="cannot be (fetched|loaded)"):
        _identity(spec)


def test_too_little_memory_says_what_to_do(models: Path) -> None:
    with pytest.raises(EngineError, match=r"the memory of cpu does not suffice for 2 pictures of 16777216 px: make the batches smaller"):
        _draw(_spec(models), [_request(0, size=2**24), _request(1, size=2**24)])


def test_sizes_that_cannot_be_drawn_are_refused(models: Path) -> None:
    with pytest.raises(EngineError, match="cannot draw at 33 px"):
        _draw(_spec(models), [_request(0, size=33)])
    with pytest.raises(EngineError, match="must be of one size"):
        _draw(_spec(models), [_request(0, size=32), _request(1, size=64)])


def test_numbers_that_overflow_are_not_published_as_black_pictures(models: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(models / "sd", tmp_path / "overflowing"))
    weights = load_file(folder / "vae/diffusion_pytorch_model.safetensors")
    weights["decoder.conv_out.bias"][:] = float("nan")
    save_file(weights, folder / "vae/diffusion_pytorch_model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EngineError, match="not finite with float32"):
        _draw(_spec(models, model=str(folder)), _batch(1))


def test_offloading_needs_a_gpu_and_devices_must_exist(models: Path) -> None:
    with pytest.raises(EngineError, match=r"engine\.offload needs a GPU"):
        _draw(_spec(models, offload=True), _batch(1))
    with pytest.raises(EngineError, match="the device 'nowhere' cannot be used here"):
        _draw(_spec(models, device="nowhere"), _batch(1))


def test_nothing_is_written_to_the_terminal(models: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _draw(_spec(models, "passing"), _batch(1))
    out, err = capfd.readouterr()
    assert "%|" not in out + err
