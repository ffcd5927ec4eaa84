"""A wrong declaration is one clear sentence: the file, the key, what was found, and the nearest valid name."""

from pathlib import Path

import pytest

from hub.errors import DeclarationError
from hub.spec import ModelSpec, ProfileSpec, TextClassificationTask, TextDatasetSpec, load
from hub.spec.base import Declaration

PROFILE = """\
name: local
title: On this machine
datasets:
  emo_pillars:
    kind: text
    engine: {kind: authored}
    narratives: {kind: authored}
bench:
  seeds: [0]
"""
ENDPOINT = "engine: {kind: endpoint, url: 'http://localhost/v1', model: some"
TASK = """\
name: goemotions
title: GoEmotions
summary: Reddit comments
type: text_classification
source: {kind: published, dataset: emo_pillars, configuration: contextual}
taxonomy: labels.yaml
decision: {kind: global_threshold}
main_metric: macro_f1
"""
DATASET = """\
kind: text
name: tiny
title: Tiny
version: 0.1.0
summary: A dataset
licence: cc-by-4.0
languages: [en]
task_categories: [text-classification]
rebuild_of: none
citation: {title: A, authors: B, year: 2025}
taxonomy: labels.yaml
generate: a.b:c
curate: a.b:c
builder: a.b:c
plan: a.b:c
authored: a.b:c
steps:
  - {name: actors, title: T, prompt: p.v1.j2, max_tokens: 3, prompt_tokens: 9, answer_tokens: 2}
configurations:
  - {name: all, title: T, description: D, default: true, splits: {train: 0.8, validation: 0.1, test: 0.1}}
"""


def complaint(folder: Path, text: str, model: type[Declaration] = ProfileSpec) -> str:
    """The error for a declaration, with the folder left out."""
    path = folder / "local.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError) as caught:
        load(path, model)
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(("text", "model"), [(PROFILE, ProfileSpec), (TASK, TextClassificationTask), (DATASET, TextDatasetSpec)])
def test_the_declarations_that_the_cases_below_spoil_are_sound(tmp_path: Path, text: str, model: type[Declaration]) -> None:
    path = tmp_path / "sound.yaml"
    path.write_text(text)
    assert load(path, model).model_dump()["name"] in text


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ("bench:", "benhc: 3\nbench:", "local.yaml: unknown key 'benhc': did you mean 'bench'?"),
        ("seeds: [0]", "seeds: [0]\n  network: maybe", "local.yaml: 'bench.network' is 'maybe' (text), expected true or false"),
        ("seeds: [0]", "seeds: many", "local.yaml: 'bench.seeds' is 'many' (text), expected a list"),
        ("seeds: [0]", "seeds: [0, a]", "local.yaml: 'bench.seeds.1' is 'a' (text), expected a whole number"),
        ("seeds: [0]", "seeds: [0, 1.5]", "local.yaml: 'bench.seeds.1' is 1.5 (a number), expected a whole number"),
        ("seeds: [0]", "seeds: [yes]", "local.yaml: 'bench.seeds.0' is True (true or false), expected a whole number"),
        ("seeds: [0]", "seeds: [0]\n  bootstrap_replicates: 5",
         "local.yaml: 'bench.bootstrap_replicates' is 5 (a whole number): input should be greater than or equal to 100"),
        ("title: On this machine", "title: [a]", "local.yaml: 'title' is ['a'] (a list), expected text"),
        ("title: On this machine\n", "", "local.yaml: the key 'title' is missing"),
        ("engine: {kind: authored}", "engine: {kind: vlm}",
         "local.yaml: 'datasets.emo_pillars.engine.kind' is 'vlm', which is not one of the valid values: did you mean 'vllm'?"),
        ("engine: {kind: authored}", "engine: {}", "local.yaml: the key 'datasets.emo_pillars.engine.kind' is missing"),
        ("engine: {kind: authored}", "engine: vllm", "local.yaml: 'datasets.emo_pillars.engine' is 'vllm' (text), expected keys and values"),
        ("engine: {kind: authored}", ENDPOINT + ", timout: 3}", "local.yaml: unknown key 'datasets.emo_pillars.engine.timout': did you mean 'timeout'?"),
        ("engine: {kind: authored}", ENDPOINT + ", timeout: soon}", "local.yaml: 'datasets.emo_pillars.engine.timeout' is 'soon' (text), expected a number"),
        (
            "engine: {kind: authored}",
            ENDPOINT + ", structured: jsonschema}",
            "local.yaml: 'datasets.emo_pillars.engine.structured' is 'jsonschema', which is not one of the valid values: did you mean 'json_schema'?",
        ),
        ("engine: {kind: authored}", "engine: {kind: endpoint, model: m}", "local.yaml: the key 'datasets.emo_pillars.engine.url' is missing"),
        ("  emo_pillars:", "  Emo Pillars:", "local.yaml: the key 'datasets.Emo Pillars' does not match ^[a-z0-9][a-z0-9_-]*$"),
    ],
)  # fmt: skip
def test_a_wrong_key_type_or_name(tmp_path: Path, right: str, wrong: str, expected: str) -> None:
    assert right in PROFILE
    assert complaint(tmp_path, PROFILE.replace(right, wrong)) == expected


@pytest.mark.parametrize(
    ("text", "model", "right", "wrong", "expected"),
    [
        (TASK, TextClassificationTask, "text_classification", "text_clasification",
         "local.yaml: 'type' is 'text_clasification', which is not one of the valid values: did you mean 'text_classification'?"),
        (TASK, TextClassificationTask, "configuration:", "configurations:", "unknown key 'source.configurations': did you mean 'configuration'?"),
        (PROFILE, ProfileSpec, "engine: {kind: authored}", "engine: {kind: endpoint, model: m, url: somewhere}",
         "local.yaml: 'datasets.emo_pillars.engine.url' is 'somewhere' (text), which does not match ^https?://"),
        (DATASET, TextDatasetSpec, "max_tokens: 3", "max_token: 3", "local.yaml: unknown key 'steps.0.max_token': did you mean 'max_tokens'?"),
        (DATASET, TextDatasetSpec, "validation: 0.1", "valid: 0.1", "local.yaml: unknown key 'configurations.0.splits.valid': did you mean 'validation'?"),
        (DATASET, TextDatasetSpec, "train: 0.8", "train: 0.7", "local.yaml: 'configurations.0': the shares of splits add up to 0.9, not 1"),
        (DATASET, TextDatasetSpec, "default: true, ", "", "exactly one configuration must have 'default: true'"),
        (DATASET, TextDatasetSpec, "steps:", "gates: {minimum_rows: {some: 3}}\nsteps:", "gates.minimum_rows names ['some'], which are not configurations"),
        (DATASET, TextDatasetSpec, "year: 2025", "year: 2025, doi: 3", "local.yaml: unknown key 'citation.doi'"),
        (DATASET, TextDatasetSpec, "generate: a.b:c", "generate: a.b.c", "local.yaml: 'generate' is 'a.b.c' (text), which does not match"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_list_a_union_or_between_keys(tmp_path: Path, text: str, model: type[Declaration], right: str, wrong: str, expected: str) -> None:
    assert right in text
    assert expected in complaint(tmp_path, text.replace(right, wrong), model)


def test_several_mistakes_are_told_at_once_one_a_line(tmp_path: Path) -> None:
    text = PROFILE.replace("title:", "titel:").replace("kind: authored}\n    narr", "kind: autored}\n    narr").replace("[0]", "[x]")
    assert complaint(tmp_path, text).splitlines() == [
        "local.yaml: the key 'title' is missing",
        "local.yaml: 'datasets.emo_pillars.engine.kind' is 'autored', which is not one of the valid values: did you mean 'authored'?",
        "local.yaml: 'bench.seeds.0' is 'x' (text), expected a whole number",
        "local.yaml: unknown key 'titel': did you mean 'title'?",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "local.yaml: expected keys and values, found nothing"),
        ("# only a remark\n", "local.yaml: expected keys and values, found nothing"),
        ("- a\n- b\n", "local.yaml: expected keys and values, found ['a', 'b'] (a list)"),
        ("name\n", "local.yaml: expected keys and values, found 'name' (text)"),
        (PROFILE + "name: other\n", "local.yaml:10:1: not valid YAML: the key 'name' stands twice"),
        (PROFILE + "3: other\n", "local.yaml:10:1: not valid YAML: '3' as a key is not text; put it in quotes"),
        (PROFILE + "no: other\n", "local.yaml:10:1: not valid YAML: 'no' as a key is not text; put it in quotes"),
        (PROFILE + "[a]: other\n", "local.yaml:10:1: not valid YAML: a list as a key is not text; put it in quotes"),
        (PROFILE + "x: [1, 2\n", "local.yaml:11:1: not valid YAML: while parsing a flow sequence, did not find expected ',' or ']'"),
        (PROFILE + "\tx: 1\n", "local.yaml:10:1: not valid YAML: the line is indented with a tab; use spaces"),
        (PROFILE + "x: *nowhere\n", "local.yaml:10:4: not valid YAML: found undefined alias"),
        (PROFILE + "---\nx: 1\n", "local.yaml:10:1: not valid YAML: expected a single document in the stream, but found another document"),
        (PROFILE + "x: \0\n", "local.yaml:10: not valid YAML: the character #x0000 is not allowed"),
        (PROFILE.replace("name: local", "name: 2020-01-01"), "local.yaml: 'name' is 2020-01-01, which YAML reads as date; put it in quotes"),
        (PROFILE.replace("name: local", "name: 2020-99-01"), "local.yaml:1:7: not valid YAML: '2020-99-01' cannot be read as timestamp; put it in quotes"),
        (PROFILE.replace("[0]", "[.nan]"), "local.yaml: 'bench.seeds.0' is nan, which is not a finite number"),
        (PROFILE.replace("[0]", "[-.inf]"), "local.yaml: 'bench.seeds.0' is -inf, which is not a finite number"),
        (PROFILE.replace("[0]", "[99999999999999999999]"), "local.yaml: 'bench.seeds.0' is too large a number"),
        (PROFILE.replace("[0]", "!!int many"), "local.yaml:9:10: not valid YAML: 'many' cannot be read as int; put it in quotes"),
    ],
)  # fmt: skip
def test_what_is_not_a_declaration_at_all(tmp_path: Path, text: str, expected: str) -> None:
    assert complaint(tmp_path, text) == expected


def test_a_tag_that_would_run_code_is_refused(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    problem = complaint(tmp_path, PROFILE.replace("[0]", f"!!python/object/apply:os.mkdir ['{ran}']"))
    assert "local.yaml:9:10: not valid YAML: could not determine a constructor for the tag" in problem
    assert not ran.exists()


def test_bytes_that_are_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "local.yaml"
    path.write_bytes(b"name: caf\xe9\n")
    with pytest.raises(DeclarationError, match=r"local\.yaml: byte 9 is not UTF-8; save the file as UTF-8"):
        load(path, ProfileSpec)


def test_a_missing_file_a_folder_and_a_huge_file(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"no\.yaml: there is no such file"):
        load(tmp_path / "no.yaml", ProfileSpec)
    with pytest.raises(DeclarationError, match="cannot be read"):
        load(tmp_path, ProfileSpec)
    (tmp_path / "huge.yaml").write_text("#" * 1_000_001)
    with pytest.raises(DeclarationError, match="larger than 1,000,000 bytes"):
        load(tmp_path / "huge.yaml", ProfileSpec)


def test_settings_of_a_model_may_be_anything_but_not_a_date(tmp_path: Path) -> None:
    text = "name: m\ntitle: M\nsummary: S\nmethod: a.b:C\ntask_type: text_classification\nsettings: {a: [1, {b: x}]}\n"
    path = tmp_path / "m.yaml"
    path.write_text(text)
    assert load(path, ModelSpec).settings == {"a": [1, {"b": "x"}]}
    assert "'settings.a.1.b' is 2020-01-01, which YAML reads as date" in complaint(tmp_path, text.replace("x}", "2020-01-01}"), ModelSpec)
