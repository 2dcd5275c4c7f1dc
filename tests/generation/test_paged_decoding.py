import pytest
import torch

from generation.paged_decoding import Pages, plan

HEADS, KEY_HEADS, WIDTH, PAGE = 6, 2, 16, 8
LENGTHS = [5, 8, 30, 1, 700]
IDS = [[3], [1], [0, 2, 7, 5], [4], list(range(10, 98))]


def pages(dtype: torch.dtype) -> Pages:
    """Keys and values of one layer, between whose pages those of another lie."""
    torch.manual_seed(0)
    found = torch.randn(2, 2 * 100, KEY_HEADS, PAGE, WIDTH).to(dtype)[:, ::2]
    return Pages(found[0], found[1])


def plainly(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float) -> torch.Tensor:
    """The same request by request, as the formula says."""
    rows = []
    for q, ids, length in zip(query.double(), IDS, LENGTHS, strict=True):
        k, v = (x[ids].transpose(0, 1).flatten(1, 2)[:, :length].double() for x in (key, value))
        k, v = (x.repeat_interleave(HEADS // KEY_HEADS, 0) for x in (k, v))
        weights = (scaling * (k @ q[..., None])[..., 0]).softmax(-1)
        rows.append((weights[:, None] @ v)[:, 0])
    return torch.stack(rows)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("scaling", [0.25, 30.0], ids=["many count", "one counts"])
def test_each_query_attends_to_its_own_pages(dtype: torch.dtype, scaling: float) -> None:
    layer = pages(dtype)
    query = torch.randn(len(LENGTHS), HEADS, WIDTH).to(dtype)
    found = layer.attend(query, plan(IDS, LENGTHS), scaling)
    assert found.dtype == dtype
    expected = plainly(query, layer.key, layer.value, scaling)
    torch.testing.assert_close(found.double(), expected, atol=1e-5 if dtype == torch.float32 else 2e-2, rtol=1e-2)


def test_a_request_does_not_depend_on_the_others_nor_on_threads() -> None:
    layer = pages(torch.float32)
    query = torch.randn(len(LENGTHS), HEADS, WIDTH)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        together = layer.attend(query.repeat(20, 1, 1), plan(IDS * 20, LENGTHS * 20), 0.25)
    finally:
        torch.set_num_threads(before)
    for number, (ids, length) in enumerate(zip(IDS, LENGTHS, strict=True)):
        alone = layer.attend(query[number : number + 1], plan([ids], [length]), 0.25)
        assert torch.equal(alone[0], together[number])
        assert torch.equal(alone[0], together[number + 5 * len(LENGTHS)])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_tokens_are_written_to_their_places_and_nowhere_else(dtype: torch.dtype) -> None:
    layer = pages(dtype)
    before, new = (layer.key.clone(), layer.value.clone()), torch.randn(2, 3, KEY_HEADS, WIDTH).to(dtype)
    places = torch.tensor([PAGE * 4 + 2, PAGE * 7, PAGE * 7 + 1])
    layer.write(new[0], new[1], places.numpy())
    for written, kept, tokens in zip((layer.key, layer.value), before, new, strict=True):
        for token, place in zip(tokens, places.tolist(), strict=True):
            assert torch.equal(written[place // PAGE, :, place % PAGE], token)
            kept[place // PAGE, :, place % PAGE] = token
        assert torch.equal(written, kept)
