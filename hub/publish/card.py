"""The dataset card: front matter that `load_dataset` obeys, and a text that says plainly what made the data."""

from pathlib import Path
from typing import Any

import jinja2
import yaml

from hub.spec import DatasetSpec


def render_card(folder: Path, spec: DatasetSpec, infos: dict[str, Any], report: dict[str, Any]) -> str:
    """Renders `<folder>/card.md.j2`. `infos` are the builders' `DatasetInfo` by configuration, `report` is the curation's."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    template = environment.from_string((folder / "card.md.j2").read_text(encoding="utf-8"))
    body = template.render(spec=spec, infos=infos, report=report)
    return f"---\n{front_matter(spec, infos)}---\n\n{body}"


def front_matter(spec: DatasetSpec, infos: dict[str, Any]) -> str:
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
        "task_categories": list(spec.task_categories),
        "annotations_creators": ["machine-generated"],
        "size_categories": [_size(total)],
        "tags": ["emotion", "synthetic"],
        "configs": [
            {
                "config_name": configuration.name,
                "data_files": [{"split": split, "path": f"{configuration.name}/{split}-*.parquet"} for split in configuration.splits],
            }
            | ({"default": True} if configuration.default else {})
            for configuration in spec.configurations
        ],
        "dataset_info": listed.dataset_info,  # type: ignore[attr-defined]
    }
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)


def _size(rows: int) -> str:
    bounds = [(1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")]
    return next((name for bound, name in bounds if rows < bound), "n>1M")
