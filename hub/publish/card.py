"""The dataset card: front matter that `load_dataset` obeys, and a text that says plainly what made the data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import yaml

from hub.publish import sections
from hub.publish.sections import Facts
from hub.spec import DatasetSpec


def render_card(folder: Path, spec: DatasetSpec, infos: Mapping[str, Any], report: Mapping[str, Any], facts: Facts) -> str:
    """Renders `<folder>/card.md.j2`.

    Args:
        folder: the dataset's own, in `builders`.
        infos: the builders' `DatasetInfo` by configuration.
        report: the curation's.
        facts: of this version.
    """
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    environment.filters["md"] = sections.escape
    template = environment.from_string((folder / "card.md.j2").read_text(encoding="utf-8"))
    module = template.make_module({"spec": spec, "infos": infos, "report": report, "facts": facts, "sections": sections})
    # A template that sets this asks the Hub to show it before anybody gets the files.
    prompt = getattr(module, "extra_gated_prompt", None)
    return f"---\n{front_matter(spec, infos, report, prompt)}---\n\n{str(module).rstrip()}\n"


def front_matter(spec: DatasetSpec, infos: Mapping[str, Any], report: Mapping[str, Any], extra_gated_prompt: str | None = None) -> str:
    """Returns the YAML between the card's dashes."""
    from datasets.info import DatasetInfosDict
    from huggingface_hub import DatasetCardData

    listed = DatasetCardData()
    DatasetInfosDict(infos).to_dataset_card_data(listed)
    total = sum(split.num_examples for split in infos[spec.default_configuration.name].splits.values())
    value = {
        "pretty_name": spec.title,
        "license": spec.licence,
        "language": list(spec.languages),
        **({"multilinguality": ["monolingual"]} if len(spec.languages) == 1 else {}),
        "task_categories": list(spec.task_categories),
        "annotations_creators": ["machine-generated"],
        # Authored kits too: they were drafted with a writing assistant and are composed by a program, and no one's own speech.
        "language_creators": ["machine-generated"],
        "source_datasets": [_source(report)],
        "size_categories": [_size(total)],
        "tags": ["emotion", "synthetic", "rebuild"],
        **({"extra_gated_prompt": " ".join(extra_gated_prompt.split())} if extra_gated_prompt else {}),
        "configs": [
            {
                "config_name": configuration.name,
                "data_files": [{"split": split, "path": f"{configuration.name}/{split}-*.parquet"} for split in configuration.splits],
            }
            | ({"default": True} if configuration.default else {})
            for configuration in spec.configurations
        ],
        "dataset_info": [
            {"config_name": name, "description": infos[name].description} | {key: value for key, value in info.items() if key != "config_name"}
            for name, info in _by_configuration(listed.dataset_info, infos)  # type: ignore[attr-defined]
        ],
    }
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)


def _by_configuration(listed: Any, infos: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """`datasets` lists the entries, or gives the only one alone and perhaps without its name."""
    entries = listed if isinstance(listed, list) else [listed]
    return [(entry.get("config_name", next(iter(infos))), entry) for entry in entries]


def infos_of(card: str) -> Mapping[str, Any]:
    """Returns the `DatasetInfo` by configuration that a card's front matter holds."""
    from datasets.info import DatasetInfosDict
    from huggingface_hub import DatasetCard

    infos: Mapping[str, Any] = DatasetInfosDict.from_dataset_card_data(DatasetCard(card, ignore_metadata_errors=False).data)
    return infos


def _source(report: Mapping[str, Any]) -> str:
    """The Hub's word for where the content comes from: pictures and authored stories are new, other narratives are somebody's."""
    narratives = report.get("narratives")
    return "original" if narratives is None or narratives["kind"] == "authored" else f"extended|{narratives.get('id', 'other')}"


def _size(rows: int) -> str:
    bounds = [(1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")]
    return next((name for bound, name in bounds if rows < bound), "1M<n<10M")
