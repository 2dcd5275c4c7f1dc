"""Products of bytes by AVX2, beside the same in whole numbers."""

import pytest
import torch

from computing import int8_linear
from computing.int8_format import ZERO

if not torch.cpu.get_capabilities().get("avx2"):
    pytest.skip("this CPU has no AVX2", allow_module_level=True)

from computing.int16_product import Int16Product


@pytest.mark.parametrize("tokens", [1, 2, 3, 4, 5, 40])
@pytest.mark.parametrize(("width", "out"), [(576, 7), (48, 32), (1_600, 13), (50, 6)])
def test_sums_are_exact_for_all_shapes(tokens: int, width: int, out: int) -> None:
    numbers, rows = numbers_and_rows(tokens, width, out)
    found = Int16Product(numbers, torch.ones(out))(rows)
    assert torch.equal(found, ((rows.long() - ZERO) @ numbers.long().T).float())


def test_the_largest_numbers_are_not_cut() -> None:
    numbers, rows = torch.full((3, 8_960), -127, dtype=torch.int8), torch.zeros(2, 8_960, dtype=torch.uint8)
    assert (Int16Product(numbers, torch.ones(3))(rows) == 127 * 128 * 8_960).all()


def test_each_row_of_the_weight_has_its_scale() -> None:
    numbers, rows = numbers_and_rows(2, 64, 5)
    scales = torch.tensor([1.0, 0.5, 2.0, 0.25, 4.0])
    assert torch.equal(Int16Product(numbers, scales)(rows), Int16Product(numbers, torch.ones(5))(rows) * scales)


def test_rows_beyond_what_is_widened_together_are_multiplied_too() -> None:
    numbers, rows = numbers_and_rows(1_000, 576, 4)
    found = Int16Product(numbers, torch.ones(4))(rows)
    assert torch.equal(found, ((rows.long() - ZERO) @ numbers.long().T).float())


def test_threads_give_what_one_gives() -> None:
    numbers, rows = numbers_and_rows(3, 1_024, 1_001)
    product, threads = Int16Product(numbers, torch.ones(1_001)), torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = product(rows)
        torch.set_num_threads(3)
        assert torch.equal(product(rows), alone)
    finally:
        torch.set_num_threads(threads)


@pytest.mark.skipif(not int8_linear.multiplies_bytes(), reason="this CPU does not multiply bytes by itself")
def test_a_cpu_that_multiplies_bytes_gives_the_same() -> None:
    numbers, rows = numbers_and_rows(9, 576, 64)
    weight = int8_linear.Int8Weight(numbers, torch.rand(64))
    torch.testing.assert_close(int8_linear.product(weight)(rows), Int16Product(*weight)(rows), rtol=1e-6, atol=0)


def numbers_and_rows(tokens: int, width: int, out: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A weight [out, width] of int8, and rows [tokens, width] of unsigned bytes."""
    torch.manual_seed(0)
    numbers = torch.randint(-127, 128, (out, width), dtype=torch.int8)
    return numbers, torch.randint(0, 256, (tokens, width), dtype=torch.uint8)
