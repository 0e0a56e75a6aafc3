"""The mean-field edge against 40-digit references, and its behaviour at the rim of what is sane."""

import math
import time
from collections.abc import Callable

import mpmath as mp
import numpy as np
import pytest

from engine.theory.mean_field import (
    boundary,
    edge_distance,
    edge_j,
    gain,
    relu_gain_edge,
    relu_growth_edge,
    state,
)
from engine.theory.phase import phase

DIGITS = 40


def averages(m: mp.mpf, delta: mp.mpf) -> tuple[mp.mpf, mp.mpf, mp.mpf]:
    """E tanh, E tanh² and E sech⁴ of m + Δz, to 40 digits: an error of about e^(−π²/0.1)."""
    step = mp.mpf("0.1") / max(mp.mpf(1), delta)
    count = int(mp.ceil(mp.mpf("13.6") / step))
    u = q = slope = mp.mpf(0)
    for k in range(-count, count + 1):
        z = step * k
        weight = mp.exp(-z * z / 2)
        t = mp.tanh(m + delta * z)
        u += weight * t
        q += weight * t * t
        slope += weight * (1 - t * t) ** 2
    scale = step / mp.sqrt(2 * mp.pi)
    return u * scale, q * scale, slope * scale


def test_the_reference_itself_agrees_with_adaptive_quadrature() -> None:
    with mp.workdps(DIGITS):
        m, delta = mp.mpf("0.7"), mp.mpf("2.5")
        panels = [mp.mpf(k) / 2 for k in range(-28, 29)]
        adaptive = mp.quad(lambda z: mp.sech(m + delta * z) ** 4 * mp.npdf(z), panels)
        assert abs(averages(m, delta)[2] / adaptive - 1) < mp.mpf(10) ** -35


@pytest.mark.parametrize("width", ["0.1", "0.4", "1", "2.5", "6", "9.5"])
def test_tanh_edge_beyond_r_of_1(width: str) -> None:
    with mp.workdps(DIGITS):
        delta = mp.mpf(width)

        def condition(m: mp.mpf) -> mp.mpf:
            _, q, slope = averages(m, delta)
            return delta**2 * slope / q - 1

        guess = min(delta**3 / 2, delta)
        m = mp.findroot(condition, (guess, guess * mp.mpf("1.1")), tol=mp.mpf(10) ** -20)
        u, q, _ = averages(m, delta)
        j = delta / mp.sqrt(q)
        r = m / u / j
    assert 1.0 < r < 2.0
    assert edge_j(float(r), "tanh") == pytest.approx(float(j), rel=1e-6)
    assert edge_j(float(-r), "tanh") == edge_j(float(r), "tanh")
    # On the edge the gain is 1, although gain() gets there by another road.
    assert gain(float(r * j), float(j), "tanh") == pytest.approx(1.0, abs=1e-5)


def test_tanh_edge_is_exactly_1_inside_and_continues_without_a_step() -> None:
    assert [edge_j(r, "tanh") for r in (-1.0, -0.3, 0.0, 0.99, 1.0)] == [1.0] * 5
    assert 0 < edge_j(1.0 + 1e-9, "tanh") - 1.0 < 1e-4
    far = [edge_j(r, "tanh") for r in (6.9999, 7.0, 7.0001)]  # where the closed form takes over
    assert far[1] / far[0] == pytest.approx(far[2] / far[1], rel=1e-5)


@pytest.mark.parametrize(
    ("j0", "j"),
    [(0.3, 1.5), (-0.3, 1.5), (0.0, 10.0), (1.3, 0.6), (-6.0, 4.0), (12.0, 7.0), (2, 3)],
)
def test_state_and_gain_of_tanh(j0: float, j: float) -> None:
    solution = state(j0, j, "tanh")
    with mp.workdps(DIGITS):
        J0, J = abs(mp.mpf(j0)), mp.mpf(j)
        u, q = mp.mpf(solution.u), mp.mpf(solution.q)
        for _ in range(2):  # polish from the answer under test: Newton with a fixed Jacobian
            u, q = _newton(J0, J, u, q)
        chi = J**2 * averages(J0 * u, J * mp.sqrt(q))[2]
    assert solution.q == pytest.approx(float(q), rel=1e-6)
    assert solution.u == pytest.approx(float(u), rel=1e-6, abs=1e-12)
    assert gain(j0, j, "tanh") == pytest.approx(float(chi), rel=1e-6)


def _newton(J0: mp.mpf, J: mp.mpf, u: mp.mpf, q: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
    def miss(u: mp.mpf, q: mp.mpf) -> mp.matrix:
        mean, square, _ = averages(J0 * u, J * mp.sqrt(q))
        return mp.matrix([mean - u, square - q])

    h = mp.mpf(10) ** -15
    here = miss(u, q)
    jacobian = mp.matrix(2, 2)
    jacobian[:, 0] = (miss(u + h, q) - here) / h
    jacobian[:, 1] = (miss(u, q + h) - here) / h
    step = mp.lu_solve(jacobian, here)
    return u - step[0], q - step[1]


@pytest.mark.parametrize(
    ("r", "gain_edge", "growth_edge"),
    [
        (-5, 0.328, 0.209),
        (-2, 0.480, 0.362),
        (-1, 0.572, 0.481),
        (0, 0.707, 0.707),
        (0.5, 0.791, 0.902),
        (1, 0.876, 1.185),
    ],
)
def test_relu_edges_match_the_published_table_and_40_digits(
    r: float, gain_edge: float, growth_edge: float
) -> None:
    curves = boundary("relu", np.array([r], dtype=float))
    assert curves["gain"][0] == pytest.approx(gain_edge, abs=6e-4)
    assert curves["growth"][0] == pytest.approx(growth_edge, abs=6e-4)
    with mp.workdps(DIGITS):

        def square(a: mp.mpf) -> mp.mpf:
            return (1 + a * a) * mp.ncdf(a) + a * mp.npdf(a)

        def direction(a: mp.mpf) -> mp.mpf:
            return a - r * (a * mp.ncdf(a) + mp.npdf(a)) / mp.sqrt(square(a))

        a = mp.findroot(direction, mp.mpf(r) / 2)
    assert 1 / relu_gain_edge(r) == pytest.approx(float(mp.sqrt(mp.ncdf(a))), rel=1e-9)
    assert 1 / relu_growth_edge(r) == pytest.approx(float(mp.sqrt(square(a))), rel=1e-9)


def test_relu_is_judged_by_its_growth_edge() -> None:
    assert edge_j(-2.0, "relu") == relu_growth_edge(-2.0)
    assert edge_distance(0.0, math.sqrt(2.0), "relu") == pytest.approx(0.0, abs=1e-12)
    assert state(0.0, 1.4, "relu").q == 0.0
    assert state(0.0, 1.5, "relu").q == math.inf
    assert gain(-2.0 * 0.7, 0.7, "relu") == pytest.approx((0.7 / relu_gain_edge(-2.0)) ** 2)


def test_boundary_has_the_shape_of_r_and_agrees_with_edge_j() -> None:
    r = np.linspace(-2.0, 2.0, 12).reshape(3, 4)
    edge = boundary("tanh", r)["edge"]
    assert edge.shape == r.shape
    np.testing.assert_allclose(edge.ravel(), [1 / edge_j(x, "tanh") for x in r.ravel()])


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_curve_of_300_points_is_quick(activation: str) -> None:
    r = np.linspace(-1.0, 2.0, 300)
    boundary(activation, r)
    best = min(_seconds(lambda: boundary(activation, r)) for _ in range(5))
    assert best < 0.05


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_no_pair_of_floats_raises_or_warns(activation: str) -> None:
    sizes = [0.0, 1e-320, 1e-200, 1e-9, 1.0, 1.0 + 1e-12, 1.5, 1e5, 1e100, 1e300, math.inf]
    for j0 in [*sizes, *(-x for x in sizes), math.nan]:
        for j in [*sizes, -1.5, math.nan]:
            chi, distance = gain(j0, j, activation), edge_distance(j0, j, activation)
            state(j0, j, activation)
            if math.isfinite(j0) and math.isfinite(j):
                assert chi >= 0.0, (j0, j)
                assert distance >= -1.0, (j0, j)
            elif math.isnan(j0) or math.isnan(j):
                assert math.isnan(chi), (j0, j)
                assert phase(distance) is None, (j0, j)


def test_distance_and_phase_along_the_walk_of_a_run() -> None:
    assert edge_distance(0.0, 0.0, "tanh") == -1.0
    assert edge_distance(0.02, 0.5, "tanh") == pytest.approx(-0.5)
    assert phase(edge_distance(0.02, 0.5, "tanh")) == "ordered"
    assert phase(edge_distance(0.02, 0.97, "tanh")) == "edge"
    assert phase(edge_distance(0.02, 1.1, "tanh")) == "chaotic"
    assert phase(edge_distance(0.02, math.inf, "tanh")) == "chaotic"
    assert [phase(-0.05), phase(0.05)] == ["edge", "edge"]


def test_the_gain_is_nearly_flat_above_the_edge() -> None:
    assert gain(0.0, 0.7, "tanh") == pytest.approx(0.49)
    assert gain(0.0, 1.1, "tanh") == pytest.approx(1.010, abs=5e-4)
    assert gain(0.0, 1.2, "tanh") == pytest.approx(1.034, abs=5e-4)


def test_an_unknown_activation_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="tanh or relu"):
        gain(0.0, 1.0, "sigmoid")
