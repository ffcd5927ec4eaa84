"""Generation and benchmarks on a real Slurm of two nodes, one of which dies. Opt-in: `make test-slurm`."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import Reference
from tests.support.slurm_cluster import SlurmCluster, missing, slurm_cluster
from tests.support.spread import check_nothing_lost_or_repeated, finish, generating, remove_tables, same_tables, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("EMOHUB_TEST_SLURM"), reason="starts a Slurm cluster: make test-slurm"),
]
SPREAD = ("run", "generate", "emo_pillars", "--executor", "slurm")


@pytest.fixture
def cluster() -> Iterator[SlurmCluster]:
    absent = missing()
    if absent:
        pytest.skip(absent)
    with slurm_cluster() as running:
        yield running


def running_on(cluster: SlurmCluster, node: str) -> bool:
    return bool(cluster.run("squeue", "--noheader", f"--nodelist={node}", "--states=RUNNING").strip())


def test_a_node_that_dies_costs_what_it_had_in_flight_and_changes_no_byte(cluster: SlurmCluster, reference: Reference, tmp_path: Path) -> None:
    spread, server = generating(tmp_path / "project", reference.server, cluster.environment), reference.server
    before = server.asked()
    process = spread.start(*SPREAD, "--tasks", "4", "--workers", "2")
    # One rank has ended on n2, and the next one there is at work.
    wait_until(lambda: any(one["host"] == "n2" for one in spread.outcomes()) and running_on(cluster, "n2"), process)
    here = len(server.asked())
    wait_until(lambda: len(server.asked()) > here + 60 and running_on(cluster, "n2"), process)
    cluster.kill_node("n2")
    stored, asked = spread.stored(), len(server.asked())
    finish(process)
    assert {one["host"] for one in spread.outcomes()} == {"n1", "n2"}
    assert [one["rank"] for one in spread.outcomes()] == [0, 1, 2, 3]
    check_nothing_lost_or_repeated(spread, server, before, stored, asked)
    same_tables(spread, reference.raw)


def test_another_number_of_ranks_goes_on_where_an_ended_job_was(cluster: SlurmCluster, reference: Reference, tmp_path: Path) -> None:
    spread, server = generating(tmp_path / "project", reference.server, cluster.environment), reference.server
    before = server.asked()
    process = spread.start(*SPREAD, "--tasks", "4", "--workers", "2")
    wait_until(lambda: len(server.asked()) > len(before) + 200, process)
    cluster.run("scancel", "--signal=KILL", "--name=emohub-generate")
    cluster.run("scancel", "--name=emohub-generate")
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 2, said
    assert "ended from outside" in said
    assert not cluster.run("squeue", "--noheader").strip()
    stored, asked = spread.stored(), len(server.asked())
    spread.run(*SPREAD, "--tasks", "3", "--workers", "2")
    check_nothing_lost_or_repeated(spread, server, before, stored, asked)
    same_tables(spread, reference.raw)

    remove_tables(spread)
    complete = len(server.asked())
    spread.run(*SPREAD, "--tasks", "2", "--workers", "2")
    assert len(server.asked()) == complete
    same_tables(spread, reference.raw)


def test_a_launcher_that_was_killed_is_followed_by_one_that_waits_for_the_same_job(cluster: SlurmCluster, reference: Reference, tmp_path: Path) -> None:
    spread, server = generating(tmp_path / "project", reference.server, cluster.environment), reference.server
    before = len(server.asked())
    process = spread.start(*SPREAD, "--tasks", "2", "--workers", "2")
    wait_until(lambda: len(server.asked()) > before + 100, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    spread.run(*SPREAD, "--tasks", "4", "--workers", "2")
    assert len(server.asked()) == before + server.questions
    same_tables(spread, reference.raw)


def test_the_seeds_of_a_pair_train_on_both_nodes_and_score_as_in_one_process(cluster: SlurmCluster, tmp_path: Path) -> None:
    from tests.support.spread_bench import benching

    spread, bench = benching(tmp_path / "spread", cluster.environment)
    spread.run("run", "bench", "target", "counts", "--executor", "slurm", "--tasks", "2", "--workers", "2")
    assert {one["host"] for one in spread.outcomes()} == {"n1", "n2"}
    alone, other = benching(tmp_path / "alone", os.environ)
    alone.run("bench", "target", "counts")
    ours, theirs = bench.records("target", "counts"), other.records("target", "counts")
    assert [record.seed for record in ours] == [record.seed for record in theirs] == [0, 1]
    assert [record.metrics for record in ours] == [record.metrics for record in theirs]
    assert [bench.predictions(record) for record in ours] == [other.predictions(record) for record in theirs]


def test_a_cluster_that_answers_nothing_is_one_sentence(reference: Reference, tmp_path: Path) -> None:
    nowhere = tmp_path / "slurm.conf"
    nowhere.write_text(
        "ClusterName=none\nSlurmctldHost=localhost\nSlurmctldPort=9\nMessageTimeout=1\nNodeName=n1\nPartitionName=all Nodes=n1\n", encoding="utf-8"
    )
    spread = generating(tmp_path / "project", reference.server, {**os.environ, "SLURM_CONF": str(nowhere)})
    process = spread.start(*SPREAD, "--tasks", "2")
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 2, said
    assert "Traceback" not in said
