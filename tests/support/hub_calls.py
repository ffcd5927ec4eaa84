"""What tests have genuine Hub clients do.

Each function runs in the client's process, where the Hub's address was in the environment before anything was imported.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasets import Dataset

LABELS = ["joy", "fear"]


def ask(method: str, *arguments: Any, **named: Any) -> Any:
    """Calls a method of `HfApi`; what it lists comes back as a list."""
    from huggingface_hub import HfApi

    answer = getattr(HfApi(), method)(*arguments, **named)
    return list(answer) if method.startswith("list_") and method != "list_repo_refs" else answer


def commit(repository: str, files: dict[str, bytes], deleted: tuple[str, ...] = (), **named: Any) -> str:
    """Writes and deletes files (a folder ends with /) in one commit and returns its id."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    operations: list[Any] = [*(CommitOperationDelete(path) for path in deleted), *(CommitOperationAdd(path, content) for path, content in files.items())]
    settings = {"repo_type": "dataset", "commit_message": "A change"} | named
    return str(HfApi().create_commit(repository, operations, **settings).oid)


def labelled(texts: list[str]) -> "Dataset":
    """Returns texts, labelled in turn."""
    from datasets import ClassLabel, Dataset, Features, Value

    features = Features({"text": Value("string"), "label": ClassLabel(names=LABELS)})
    return Dataset.from_dict({"text": texts, "label": [number % 2 for number in range(len(texts))]}, features=features)


def push_texts(repository: str, texts: list[str], configuration: str = "texts", **named: Any) -> None:
    labelled(texts).push_to_hub(repository, configuration, **named)


def write_texts(path: str, texts: list[str]) -> None:
    labelled(texts).to_parquet(path)


def push_pictures(repository: str) -> None:
    from datasets import ClassLabel, Dataset, Features, Image
    from PIL import Image as Picture

    features = Features({"picture": Image(), "label": ClassLabel(names=LABELS)})
    pictures = [Picture.new("RGB", (4, 3), colour) for colour in ("red", "blue")]
    Dataset.from_dict({"picture": pictures, "label": ["joy", "fear"]}, features=features).push_to_hub(repository, "pictures", set_default=True)


def load(repository: str, configuration: str | None = None, **named: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """Returns the rows of the split `train` and the names of the labels."""
    from datasets import load_dataset

    rows = load_dataset(repository, configuration, split="train", **named)
    return list(rows), rows.features["label"].names


def first_row(repository: str, configuration: str) -> dict[str, Any]:
    """Streams; asks for at most a megabyte at once, where the default joins row groups up to 32 MiB."""
    from datasets import load_dataset
    from pyarrow import CacheOptions
    from pyarrow.dataset import ParquetFragmentScanOptions

    options = ParquetFragmentScanOptions(cache_options=CacheOptions(range_size_limit=2**20))
    return dict(next(iter(load_dataset(repository, configuration, split="train", streaming=True, fragment_scan_options=options))))


def configurations(repository: str) -> tuple[list[str], str | None]:
    from datasets import get_dataset_config_names, get_dataset_default_config_name

    return get_dataset_config_names(repository), get_dataset_default_config_name(repository)


def read_through_file_system(path: str) -> tuple[bytes, list[str], int]:
    """Returns what fsspec reads at an hf:// address, and what Hugging Face's file system says of it and of its folder."""
    import fsspec
    from huggingface_hub import HfFileSystem

    with fsspec.open(f"hf://{path}", "rb") as file:
        content = file.read()
    system = HfFileSystem()
    return content, sorted(str(one) for one in system.ls(path.rpartition("/")[0], detail=False)), system.info(path)["size"]
