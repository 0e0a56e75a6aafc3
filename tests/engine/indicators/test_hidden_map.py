"""Indicators where the answer is known: theory, exact maps, and the map iterated naively."""

import math

import numpy as np
import pytest
import torch

from engine.indicators.hidden_map import Indicators, measure
from engine.indicators.weights import order_parameters
from engine.theory.mean_field import gain

pytestmark = pytest.mark.usefixtures("one_thread")

N = 784


def gaussian(seed: int, J: float = 1.0, J0: float = 0.0, n: int = N) -> torch.Tensor:
    G = torch.randn(n, n, generator=torch.Generator().manual_seed(seed))
    return J0 / n + J * G / math.sqrt(n)


def rotation(n: int = N) -> torch.Tensor:
    Q: torch.Tensor = torch.linalg.qr(gaussian(11, n=n).double())[0]
    return Q


@pytest.fixture(scope="module")
def matrices() -> list[torch.Tensor]:
    """Eight Gaussian matrices of J = 1."""
    return [gaussian(seed) for seed in range(8)]


@pytest.fixture(scope="module")
def log_radii(matrices: list[torch.Tensor], one_thread: None) -> list[float]:
    return [math.log(float(torch.linalg.eigvals(G).abs().max())) for G in matrices]


@pytest.mark.parametrize(("J", "J0"), [(0.5, 0.0), (1.7, -3.0), (0.0, 2.0)])
def test_order_parameters_are_those_the_matrix_was_made_with(J: float, J0: float) -> None:
    found_J, found_J0 = order_parameters(gaussian(1, J, J0))

    # N² entries: std to 1/√2N, N · mean to J.
    assert found_J == pytest.approx(J, abs=4 * J / math.sqrt(2) / N + 1e-6)
    assert found_J0 == pytest.approx(J0, abs=4 * J / math.sqrt(N) + 1e-4)


def test_order_parameters_are_exact_and_use_the_fan_in() -> None:
    W = torch.tensor([[1.0, 3.0, 5.0, 7.0], [1.0, 3.0, 5.0, 7.0]], dtype=torch.float32)

    assert order_parameters(W) == pytest.approx((math.sqrt(4 * 5), 16.0), rel=1e-15)


def test_order_parameters_are_computed_in_float64() -> None:
    # In float32 the mean of 1e4 ± 1e-3 loses the spread.
    W = (1e4 + 1e-2 * rotation(64)).float()
    exact = W.numpy().astype(np.float64)

    assert order_parameters(W)[0] == pytest.approx(8 * exact.std(), rel=1e-12)


@pytest.mark.parametrize("J", [0.5, 0.9])
def test_below_the_edge_the_exponent_is_that_of_the_spectral_radius(
    J: float, matrices: list[torch.Tensor], log_radii: list[float]
) -> None:
    for G, log_radius in zip(matrices, log_radii, strict=True):
        assert measure(J * G, "tanh", 0).lyapunov == pytest.approx(
            math.log(J) + log_radius, abs=0.01
        )


@pytest.mark.parametrize(("J", "value", "error"), [(1.1, 0, 0.01), (1.5, 0.061, 0.01)])
def test_just_above_the_edge_the_exponent_is_small(
    J: float, value: float, error: float, matrices: list[torch.Tensor]
) -> None:
    for G in matrices:
        assert measure(J * G, "tanh", 0).lyapunov == pytest.approx(value, abs=error)


def test_in_chaos_the_indicators_are_as_known(matrices: list[torch.Tensor]) -> None:
    for G in matrices:
        measured = measure(2 * G, "tanh", 0)

        assert measured.lyapunov == pytest.approx(0.153, abs=0.006)
        assert measured.jacobian_norm == pytest.approx(math.sqrt(gain(0, 2, "tanh")), abs=0.01)
        assert 0.5 < measured.asymptotic_distance / math.sqrt(N) < 1.5


@pytest.mark.parametrize(
    ("activation", "J0", "J"),
    [("tanh", 0, 0.5), ("tanh", 0, 0.9), ("tanh", 0, 1.5), ("tanh", 1.8, 1.2), ("relu", 0, 1.0)],
)
def test_the_jacobian_norm_is_the_root_of_the_gain(activation: str, J0: float, J: float) -> None:
    measured = np.mean(
        [measure(gaussian(s, J, J0), activation, 0).jacobian_norm for s in range(4)],
    )

    # With a mean activity (J₀ > 1, or ReLU) single matrices scatter by 2 to 3 %.
    error = 0.01 if J0 == 0 and activation == "tanh" else 0.03
    assert measured == pytest.approx(math.sqrt(gain(J0, J, activation)), rel=error)


@pytest.mark.parametrize("J0", [0.0, 2.0])
def test_in_order_a_disturbance_is_forgotten(J0: float) -> None:
    measured = measure(gaussian(3, 0.8, J0), "tanh", 0)

    assert 0 <= measured.asymptotic_distance < 1e-6
    assert measured.lyapunov < -0.05


@pytest.mark.parametrize("scale", [0.3, 0.8])
def test_a_shrinking_rotation_is_exact(scale: float) -> None:
    measured = measure(scale * rotation(), "tanh", 0)

    assert measured.lyapunov == pytest.approx(math.log(scale), abs=1e-6)
    assert measured.jacobian_norm == pytest.approx(scale, rel=1e-6)
    assert measured.asymptotic_distance < 1e-12


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_relu_with_a_scaled_identity_is_exact(scale: float) -> None:
    # Positive coordinates are multiplied by `scale`, the others die at once; the tangent likewise.
    measured = measure(scale * torch.eye(N), "relu", 0, steps=20)
    unscaled = measure(torch.eye(N), "relu", 0, steps=20)

    assert measured.lyapunov == pytest.approx(math.log(scale), abs=1e-6)
    assert measured.jacobian_norm == pytest.approx(scale * math.sqrt(0.5), rel=0.03)
    late = np.mean([scale**step for step in (17, 18, 19, 20)])
    assert measured.asymptotic_distance == pytest.approx(
        unscaled.asymptotic_distance * late, rel=1e-4
    )
    assert unscaled.asymptotic_distance == pytest.approx(1e-4 * math.sqrt(N / 2), rel=0.1)


def test_an_identity_keeps_its_disturbance_on_the_way_to_zero() -> None:
    # tanh(x) ≈ x − x³/3: both the state and its distance decay only as a power.
    measured = measure(torch.eye(N), "tanh", 0)

    assert -0.02 < measured.lyapunov < 0
    assert 0 < measured.asymptotic_distance < 1e-4 * math.sqrt(N)


def two_copies(W: torch.Tensor, activation: str, steps: int, copies: int) -> float:
    """λ_max from pairs of copies of the map itself, in float64, drawn together again each step."""
    phi = torch.tanh if activation == "tanh" else torch.relu
    W = W.double()
    generator = torch.Generator().manual_seed(99)
    x = torch.randn(len(W), copies, generator=generator, dtype=torch.float64)
    apart = 1e-7 * torch.randn(x.shape, generator=generator, dtype=torch.float64)
    logs = []
    for _ in range(steps):
        before = apart.norm(dim=0)
        new = phi(W @ x)
        apart = phi(W @ (x + apart)) - new
        after = apart.norm(dim=0)
        logs.append((after / before).log())
        scale = new.norm(dim=0)
        apart = apart / after * 1e-7 * (scale if activation == "relu" else 1)
        x = new
        if activation == "relu":
            x, apart = x / scale, apart / scale
    return float(torch.stack(logs[steps // 2 :]).mean())


@pytest.mark.parametrize(("activation", "J"), [("tanh", 0.8), ("tanh", 1.6), ("relu", 1.7)])
def test_a_small_disturbance_of_the_real_map_grows_as_the_tangent_does(
    activation: str, J: float
) -> None:
    W = gaussian(5, J, n=300)

    expected = two_copies(W, activation, steps=800, copies=8)

    assert measure(W, activation, 0, starts=8, steps=800).lyapunov == pytest.approx(
        expected, abs=0.006
    )


@pytest.mark.parametrize("steps", [5, 20])
def test_relu_is_homogeneous(steps: int) -> None:
    W = gaussian(2, 1.4, 0.3, n=200)

    measured, scaled = (measure(c * W, "relu", 4, steps=steps) for c in (1.0, 3.0))

    assert scaled.lyapunov - measured.lyapunov == pytest.approx(math.log(3), abs=1e-5)
    assert scaled.jacobian_norm == pytest.approx(3 * measured.jacobian_norm, rel=1e-5)
    growth = scaled.asymptotic_distance / measured.asymptotic_distance
    assert 3 ** (steps - steps // 5 + 1) * 0.999 <= growth <= 3**steps * 1.001


def test_relu_neither_overflows_nor_fades_where_float32_does() -> None:
    grown = measure(gaussian(2, 3.0), "relu", 0)
    faded = measure(gaussian(2, 0.5), "relu", 0)

    assert grown.asymptotic_distance > 1e40
    assert 0 < faded.asymptotic_distance < 1e-60
    assert grown.lyapunov - faded.lyapunov == pytest.approx(math.log(6), abs=1e-3)


def test_relu_that_dies_out_has_no_exponent_above_minus_infinity() -> None:
    assert measure(gaussian(1, 0.2, -5.0), "relu", 0) == Indicators(0.0, -math.inf, 0.0)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_no_weights_at_all(activation: str) -> None:
    assert measure(torch.zeros(50, 50), activation, 0) == Indicators(0.0, -math.inf, 0.0)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e30])
def test_weights_that_are_not_finite_or_would_overflow_give_nan(
    activation: str, bad: float
) -> None:
    W = gaussian(1, n=30)
    W[3, 4] = bad

    measured = measure(W, activation, 0)

    assert math.isnan(measured.asymptotic_distance)
    assert math.isnan(measured.lyapunov)
    assert math.isnan(measured.jacobian_norm)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_equal_seeds_give_equal_figures_and_leave_torch_as_it_was(activation: str) -> None:
    W = gaussian(1, 1.6, n=100).requires_grad_()
    state, threads = torch.get_rng_state(), torch.get_num_threads()

    first, second, other = (measure(W, activation, seed) for seed in (1, 1, 2))

    assert first == second
    assert first != other
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("shape", [(10, 20), (10,)])
def test_only_a_square_matrix_can_be_iterated(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="square"):
        measure(torch.zeros(shape), "tanh", 0)


def test_an_unknown_activation_is_refused() -> None:
    with pytest.raises(ValueError, match="gelu"):
        measure(torch.zeros(3, 3), "gelu", 0)
