"""Generation and benchmarks on a Ray cluster of two nodes, one of which dies. Opt-in: `make test-ray`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import Reference
from tests.support.ray_cluster import HEAD, WORKER, RayCluster, missing, ray_cluster
from tests.support.spread import check_nothing_lost_or_repeated, finish, generating, remove_tables, same_tables, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("EMOHUB_TEST_RAY"), reason="starts a Ray cluster: make test-ray"),
]
SPREAD = ("run", "generate", "emo_pillars", "--executor", "ray")


@pytest.fixture
def cluster() -> Iterator[RayCluster]:
    absent = missing()
    if absent:
        pytest.skip(absent)
    with ray_cluster() as running:
        yield running


def both_busy(cluster: RayCluster) -> bool:
    return cluster.busy(HEAD) and cluster.busy(WORKER)


def test_a_node_that_dies_costs_what_it_had_in_flight_and_changes_no_byte(cluster: RayCluster, reference: Reference, tmp_path: Path) -> None:
    spread, server = generating(tmp_path / "project", reference.server, cluster.environment), reference.server
    before = server.asked()
    process = spread.start(*SPREAD, "--tasks", "4", "--workers", "2")
    wait_until(lambda: both_busy(cluster) and len(server.asked()) > len(before) + 100, process)
    cluster.kill_node(WORKER)
    stored, asked = spread.stored(), len(server.asked())
    finish(process)
    assert [one["rank"] for one in spread.outcomes()] == [0, 1, 2, 3]
    check_nothing_lost_or_repeated(spread, server, before, stored, asked)
    same_tables(spread, reference.raw)


def test_a_node_that_dies_while_ranks_start_does_not_hold_the_launch_up(cluster: RayCluster, reference: Reference, tmp_path: Path) -> None:
    spread = generating(tmp_path / "project", reference.server, cluster.environment)
    process = spread.start(*SPREAD, "--tasks", "4", "--workers", "2")
    # A worker of the job is there, but no rank is at work on it.
    wait_until(lambda: bool(cluster.workers(WORKER)), process)
    cluster.kill_node(WORKER)
    finish(process)
    same_tables(spread, reference.raw)


def test_another_number_of_ranks_goes_on_where_an_ended_launch_was(cluster: RayCluster, reference: Reference, tmp_path: Path) -> None:
    spread, server = generating(tmp_path / "project", reference.server, cluster.environment), reference.server
    before = server.asked()
    process = spread.start(*SPREAD, "--tasks", "4", "--workers", "2")
    wait_until(lambda: both_busy(cluster) and len(server.asked()) > len(before) + 200, process)
    process.kill()
    process.wait()
    cluster.wait_until_idle()
    stored, asked = spread.stored(), len(server.asked())
    spread.run(*SPREAD, "--tasks", "3", "--workers", "2")
    check_nothing_lost_or_repeated(spread, server, before, stored, asked)
    same_tables(spread, reference.raw)

    remove_tables(spread)
    complete = len(server.asked())
    spread.run(*SPREAD, "--tasks", "2", "--workers", "2")
    assert len(server.asked()) == complete
    same_tables(spread, reference.raw)


def test_the_seeds_of_a_pair_train_on_both_nodes_and_score_as_in_one_process(cluster: RayCluster, tmp_path: Path) -> None:
    from tests.support.spread_bench import benching

    spread, bench = benching(tmp_path / "spread", cluster.environment)
    process = spread.start("run", "bench", "target", "counts", "--executor", "ray", "--tasks", "2", "--workers", "2")
    wait_until(lambda: both_busy(cluster), process)
    finish(process)
    alone, other = benching(tmp_path / "alone", os.environ)
    alone.run("bench", "target", "counts")
    ours, theirs = bench.records("target", "counts"), other.records("target", "counts")
    assert [record.seed for record in ours] == [record.seed for record in theirs] == [0, 1]
    assert [record.metrics for record in ours] == [record.metrics for record in theirs]
    assert [bench.predictions(record) for record in ours] == [other.predictions(record) for record in theirs]


def test_a_cluster_that_answers_nothing_is_one_sentence(reference: Reference, tmp_path: Path) -> None:
    spread = generating(tmp_path / "project", reference.server, {**os.environ, "RAY_ADDRESS": "127.0.0.1:9"})
    process = spread.start(*SPREAD, "--tasks", "2")
    said, _ = process.communicate(timeout=180)
    assert process.returncode == 2, said
    assert "Traceback" not in said
