"""The computed diagram against the theory, its file, and its cache."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.theory.mean_field import edge_j, gain, relu_growth_edge
from engine.theory.phase_diagram import compute as phase_diagram
from engine.theory.phase_diagram.compute import FLOOR, asymptotic_log10_distance, cached, compute
from engine.theory.phase_diagram.file import (
    DiagramAxis,
    DiagramFileError,
    DiagramParameters,
    PhaseDiagram,
    cache_path,
    default_parameters,
    load,
    save,
)

SMALL = DiagramParameters(
    "tanh", DiagramAxis(-1.0, 2.0, 7), DiagramAxis(0.2, 2.0, 5), n=50, steps=20
)


def shares(diagram: PhaseDiagram) -> tuple[float, float]:
    """The shares of clearly ordered and clearly chaotic points that came out as such."""
    r, v = np.meshgrid(diagram.j0_over_j, diagram.one_over_j)
    if diagram.parameters.activation == "tanh":
        points = zip(r.ravel(), v.ravel(), strict=True)
        ordered = np.array([gain(a / b, 1 / b, "tanh") for a, b in points]).reshape(r.shape) < 0.95
        chaotic = v < 0.7 / np.array([edge_j(x, "tanh") for x in diagram.j0_over_j])
    else:
        growth = 1 / np.array([relu_growth_edge(x) for x in diagram.j0_over_j])
        ordered, chaotic = v > 1.1 * growth, v < 0.9 * growth
    log10 = diagram.log10_distance
    assert np.isfinite(log10).all()
    return float((log10[ordered] < -3).mean()), float((log10[chaotic] > -1).mean())


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_coarse_diagram_of_a_smaller_network_has_both_phases(activation: str) -> None:
    ordered, chaotic = shares(compute(default_parameters(activation, n=400).coarse()))
    assert ordered >= 0.95
    assert chaotic >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_full_diagram_has_both_phases(activation: str, tmp_path: Path) -> None:
    """As the app has it computed: in a process of its own, with one BLAS thread a worker."""
    command = [
        sys.executable,
        "-m",
        "engine.theory.phase_diagram.worker",
        "--activation",
        activation,
    ]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run([*command, "--cache", str(tmp_path)], env=environment, check=True)
    ordered, chaotic = shares(load(cache_path(default_parameters(activation), tmp_path)))
    assert ordered >= 0.95
    assert chaotic >= 0.95


def plain_distance(j0: float, j: float, activation: str, n: int, steps: int, seed: int) -> float:
    """The same walk with W written out, in float64: one point, no tricks."""
    random = np.random.default_rng(seed)
    g = random.standard_normal((n, n), dtype=np.float32)
    x = random.standard_normal(n, dtype=np.float32).astype(float)
    near = x + 1e-4 * random.standard_normal(n, dtype=np.float32)
    w = j0 / n + j * g.astype(float) / np.sqrt(n)
    apart = []
    for _ in range(steps):
        x, near = w @ x, w @ near
        x, near = (np.tanh(x), np.tanh(near)) if activation == "tanh" else (x.clip(0), near.clip(0))
        apart.append(np.linalg.norm(x - near))
    return float(np.log10(np.mean(apart[-(steps // 5) :])))


@pytest.mark.parametrize(
    ("activation", "j0", "j", "close"),
    [
        ("tanh", 0.5, 0.7, 0.01),
        ("tanh", 0.0, 3.0, 0.1),  # chaotic: rounding grows, only the size agrees
        ("relu", -1.0, 1.2, 0.02),
        ("relu", 0.3, 1.6, 0.02),
    ],
)
def test_a_point_is_what_the_map_with_w_written_out_gives(
    activation: str, j0: float, j: float, close: float
) -> None:
    distance = asymptotic_log10_distance(
        np.array([j0]), np.array([j]), activation, n=120, steps=40, seed=3
    )
    plain = plain_distance(j0, j, activation, n=120, steps=40, seed=3)
    assert distance.dtype == np.float32
    assert distance[0] == pytest.approx(plain, abs=close)


def test_relu_neither_overflows_nor_loses_a_distance_beyond_float32() -> None:
    j = np.array([50.0, 0.05])
    log10 = asymptotic_log10_distance(np.zeros(2), j, "relu", n=100, steps=100, seed=0)
    assert log10[0] == pytest.approx(100 * np.log10(50 / np.sqrt(2)) - 3, abs=8)
    assert FLOOR < log10[1] < -90 or log10[1] == FLOOR
    assert np.isfinite(log10).all()


def test_copies_that_have_met_read_as_the_floor_not_as_minus_infinity() -> None:
    log10 = asymptotic_log10_distance(np.zeros(1), np.array([1e-3]), "tanh", n=50, steps=30, seed=0)
    assert log10[0] == FLOOR


def test_the_blocks_and_the_threads_do_not_change_the_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full_distance = compute(SMALL).log10_distance
    monkeypatch.setattr(phase_diagram, "_BLOCK", 8)
    fractions: list[float] = []
    split = compute(SMALL, fractions.append, workers=2).log10_distance
    assert fractions == [pytest.approx(k / 5) for k in range(1, 6)]
    np.testing.assert_array_equal(split, compute(SMALL, workers=1).log10_distance)
    # Another block size rounds otherwise, which shows where only rounding is left of a distance.
    np.testing.assert_allclose(np.maximum(split, -5), np.maximum(full_distance, -5), atol=0.1)


def test_an_exception_from_progress_cancels(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(phase_diagram, "_BLOCK", 1)
    fractions: list[float] = []

    def cancel(fraction: float) -> None:
        fractions.append(fraction)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached(SMALL, tmp_path, cancel)
    assert len(fractions) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_gives_back_what_was_saved(tmp_path: Path) -> None:
    relu = DiagramParameters(
        "relu", DiagramAxis(-2.0, 1.0, 4), DiagramAxis(0.1, 2.0, 3), n=20, steps=5, seed=7
    )
    diagram = compute(relu)
    save(diagram, tmp_path / "sub" / "d.npz")
    back = load(tmp_path / "sub" / "d.npz")
    assert back.parameters == relu
    np.testing.assert_array_equal(back.log10_distance, diagram.log10_distance)
    np.testing.assert_array_equal(back.one_over_j, np.linspace(0.1, 2.0, 3))
    assert set(back.curves) == {"gain", "growth"}
    np.testing.assert_array_equal(back.curves["growth"], diagram.curves["growth"])
    assert back.curve_r.shape == back.curves["gain"].shape
    assert [path.name for path in (tmp_path / "sub").iterdir()] == ["d.npz"]


def test_the_cache_computes_once_and_replaces_a_damaged_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = cached(SMALL, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(phase_diagram, "compute", lambda *_: pytest.fail("it is in the cache"))
        np.testing.assert_array_equal(cached(SMALL, tmp_path).log10_distance, first.log10_distance)
    path = cache_path(SMALL, tmp_path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DiagramFileError, match="not a phase diagram"):
        load(path)
    cached(SMALL, tmp_path)
    assert load(path).parameters == SMALL


def test_a_file_with_a_pickle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.npz"
    np.savez(path, about=np.array([{"format": 1}], dtype=object))
    with pytest.raises(DiagramFileError):
        load(path)


def test_every_parameter_has_its_own_place_in_the_cache(tmp_path: Path) -> None:
    parameters = [
        SMALL,
        default_parameters("tanh"),
        default_parameters("tanh", seed=1),
        default_parameters("tanh", steps=50),
        default_parameters("tanh").coarse(),
        default_parameters("relu"),
    ]
    assert len({cache_path(variant, tmp_path) for variant in parameters}) == len(parameters)


def test_the_default_grids_are_the_papers() -> None:
    tanh, relu = default_parameters("tanh"), default_parameters("relu")
    assert (tanh.one_over_j.count, tanh.j0_over_j.count) == (100, 151)
    assert (relu.one_over_j.count, relu.j0_over_j.count) == (100, 121)
    np.testing.assert_allclose(np.diff(tanh.j0_over_j.values()), 0.02)
    np.testing.assert_allclose(np.diff(relu.j0_over_j.values()), 0.05)
    np.testing.assert_allclose(np.diff(tanh.one_over_j.values()), 0.02)
    coarse = tanh.coarse()
    assert (coarse.one_over_j.count, coarse.j0_over_j.count) == (25, 38)
    assert (coarse.j0_over_j.start, coarse.j0_over_j.stop) == (-1.0, 2.0)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"activation": "sigmoid"}, "activation"),
        ({"n": 0}, "at least 1"),
        ({"steps": 0}, "at least 1"),
        ({"one_over_j": DiagramAxis(0.0, 2.0, 5)}, "above 0"),
        ({"j0_over_j": DiagramAxis(0.0, 2.0, 0)}, "one point"),
    ],
)
def test_parameters_without_meaning_are_refused(change: dict[str, Any], word: str) -> None:
    fields = {"activation": "tanh", "j0_over_j": SMALL.j0_over_j, "one_over_j": SMALL.one_over_j}
    with pytest.raises(ValueError, match=word):
        DiagramParameters(**{**fields, **change})
