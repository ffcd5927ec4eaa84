"""`dvc push` and `dvc pull` to a folder and to S3, with the commands of docs/remotes.md."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.loopback_hub import client_environment
from tests.support.s3 import CREDENTIALS, s3_server

CONTENT = {"train.parquet": b"PAR1 train", "nested/test.parquet": b"PAR1 test"}


class DvcProject:
    """A DVC project without git that tracks one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = root / "data"
        for path, content in CONTENT.items():
            (self.data / path).parent.mkdir(parents=True, exist_ok=True)
            (self.data / path).write_bytes(content)
        self.run("init", "--no-scm", "--quiet")
        self.run("add", "--quiet", "data")

    def run(self, *arguments: str) -> str:
        environment = client_environment(self.root) | CREDENTIALS | {"DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(self.root / "site")}
        done = subprocess.run([sys.executable, "-m", "dvc", *arguments], cwd=self.root, env=environment, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def forget(self) -> None:
        """Removes the data and the cache, as in a fresh clone."""
        shutil.rmtree(self.data)
        shutil.rmtree(self.root / ".dvc" / "cache")

    def read(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.data)): path.read_bytes() for path in self.data.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> DvcProject:
    return DvcProject(tmp_path_factory.mktemp("project"))


def test_data_come_back_from_a_folder(project: DvcProject, tmp_path: Path) -> None:
    project.run("remote", "add", "--default", "storage", str(tmp_path / "storage"))
    project.run("push")
    project.forget()
    project.run("pull")
    assert project.read() == CONTENT


def test_data_come_back_from_s3(project: DvcProject) -> None:
    with s3_server() as s3:
        s3.client.create_bucket(Bucket="emohub")
        project.run("remote", "add", "--default", "bucket", "s3://emohub/dvc")
        project.run("remote", "modify", "bucket", "endpointurl", s3.endpoint)
        project.run("push")
        assert len(s3.keys("emohub")) == len(CONTENT) + 1  # and the folder's own list
        project.forget()
        project.run("pull")
    assert project.read() == CONTENT
