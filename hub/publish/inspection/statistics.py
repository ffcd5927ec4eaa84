"""A configuration in a few numbers: rows by split, shares of classes, mean lengths of its texts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow.compute as pc

from hub.publish.inspection.features import Value, class_labels
from hub.publish.inspection.published_folder import Configuration, PublishedFolder, batches, rows_of, values_at


@dataclass(frozen=True, slots=True)
class Statistics:
    """`shares`: by the path of a class label, the share of each class among all its labels. `characters`: mean length by top-level text column."""

    rows: Mapping[str, int]
    shares: Mapping[str, Mapping[str, float]]
    characters: Mapping[str, float]

    def share(self, path: str, name: str) -> float:
        return self.shares.get(path, {}).get(name, 0.0)


def statistics_of(folder: PublishedFolder, configuration: Configuration) -> Statistics:
    """Counts a configuration's rows, labels and characters; pictures are not read."""
    labels = class_labels(configuration.features)
    texts = [name for name, feature in configuration.features.items() if feature == Value("string") and name != "id"]
    columns = list(dict.fromkeys([*(path.split(".")[0] for path in labels), *texts]))
    counts: dict[str, Counter[int]] = {path: Counter() for path in labels}
    characters: Counter[str] = Counter()
    filled: Counter[str] = Counter()
    for split in configuration.splits:
        for batch in batches(folder, split, columns):
            for path in labels:
                column, *fields = path.split(".")
                counts[path].update(id for id in values_at(batch.column(column), fields)[1].to_pylist() if id is not None)
            for name in texts:
                column_of_text = batch.column(name)
                characters[name] += pc.sum(pc.utf8_length(column_of_text)).as_py() or 0
                filled[name] += len(column_of_text) - column_of_text.null_count
    return Statistics(
        rows={split.name: rows_of(folder.root, split) for split in configuration.splits},
        shares={path: {name: counts[path][id] / max(1, counts[path].total()) for id, name in enumerate(label.names)} for path, label in labels.items()},
        characters={name: characters[name] / filled[name] for name in texts if filled[name]},
    )
