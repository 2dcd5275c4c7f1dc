import pytest
import torch

from computing import int8_linear, int8_rows

WIDTHS = [576, 1536, 48, 90]


def widened(numbers: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    return (numbers.float() - 128) * scales[:, None]


def rounding(rows: torch.Tensor) -> torch.Tensor:
    """The most that a row's numbers may be off."""
    return rows.abs().amax(1, keepdim=True) / 127 / 2 * 1.01


@pytest.mark.parametrize("width", WIDTHS)
def test_rows_are_rotated_as_weights_are_and_rounded(width: int) -> None:
    torch.manual_seed(0)
    rows = torch.randn(5, width)
    rotated = int8_linear._rotate(rows)
    assert ((widened(*int8_rows.round_rows(rows)) - rotated).abs() <= rounding(rotated)).all()
    assert torch.allclose(rotated.norm(dim=1), rows.norm(dim=1), rtol=1e-5)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_norm_before_is_torch_s(width: int) -> None:
    torch.manual_seed(0)
    rows, gain = 3 * torch.randn(5, width), torch.rand(width)
    rotated = int8_linear._rotate(torch.nn.functional.rms_norm(rows, (width,), gain, 1e-5))
    found = widened(*int8_rows.norm_rows(rows, gain.numpy(), 1e-5))
    assert ((found - rotated).abs() <= rounding(rotated)).all()


def test_a_gate_is_silu_of_one_half_times_the_other() -> None:
    torch.manual_seed(0)
    sums, scales = 40 * torch.randn(5, 2 * 192), torch.rand(5)
    gate, up = (sums * scales[:, None]).chunk(2, -1)
    rotated = int8_linear._rotate(torch.nn.functional.silu(gate) * up)
    found = widened(*int8_rows.gate_rows(sums, scales))
    assert ((found - rotated).abs() <= rounding(rotated)).all()


def test_sums_are_added_in_place_by_their_scales() -> None:
    rows, sums, scales = torch.ones(3, 4), torch.full((3, 4), 2.0), torch.tensor([0.0, 1.0, 10.0])
    int8_rows.add_rows(rows, sums, scales)
    assert rows[:, 0].tolist() == [1, 3, 21]


def test_rows_are_rounded_alike_by_one_thread_and_by_several() -> None:
    torch.manual_seed(0)
    rows = torch.randn(1_001, 576)
    before = torch.get_num_threads()
    try:
        found = []
        for threads in (1, 3):
            torch.set_num_threads(threads)
            found.append(int8_rows.round_rows(rows))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(found[0][0], found[1][0])
    assert torch.equal(found[0][1], found[1][1])
