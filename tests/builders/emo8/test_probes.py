"""How far one cue alone leads: probes on features whose worth is known."""

import numpy as np

from builders.emo8.probes import one_hot, probe, unit_intensities

ROWS = 400
LABELS = ["fear" if row % 2 else "awe" for row in range(ROWS)]
SPLITS = ["train" if row % 4 < 2 else "test" for row in range(ROWS)]


def test_a_feature_that_is_the_label_solves_the_task() -> None:
    found = probe(np.array([[label == "fear"] for label in LABELS], dtype=np.float64), LABELS, SPLITS)
    assert found.accuracy == 1.0
    assert found.recalls == {"awe": 1.0, "fear": 1.0}


def test_noise_stays_near_chance() -> None:
    found = probe(np.random.default_rng(0).normal(size=(ROWS, 3)), LABELS, SPLITS)
    assert 0.35 < found.accuracy < 0.65


def test_only_the_scored_rows_are_scored() -> None:
    generator = np.random.default_rng(0)
    told = [row < ROWS // 2 for row in range(ROWS)]
    features = np.array([[(1 if label == "fear" else -1) if seen else generator.normal()] for label, seen in zip(LABELS, told, strict=True)])
    assert probe(features, LABELS, SPLITS, told).accuracy == 1.0
    assert probe(features, LABELS, SPLITS, [not seen for seen in told]).accuracy < 0.7


def test_names_become_columns_in_alphabetical_order() -> None:
    assert one_hot([["b"], ["a", "b"], []]).tolist() == [[0, 1], [1, 1], [0, 0]]


def test_a_calm_face_differs_from_no_face() -> None:
    found = unit_intensities([[], [], [{"unit": 12, "intensity": 0.5}]], [False, True, True], [6, 12])
    assert found.tolist() == [[0, 0, 0], [0, 0, 1], [0, 0.5, 1]]
