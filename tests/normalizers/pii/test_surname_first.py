"""A name whose surname stands first, in capitals, is one person."""

import pytest

from normalizers.pii.surname_first import find


def found(text: str) -> list[str]:
    return [text[finding.start : finding.end] for finding in find(text)]


@pytest.mark.parametrize("name", ["VAN DOORN, Hilde", "HAUGEN Ingrid", "DUPONT-MORETTI, Jean-Baptiste"])
def test_such_a_name_is_found(name: str) -> None:
    assert found(f"cc {name} re: the lease") == [name]


@pytest.mark.parametrize("text", ["NATO Julia", "In PARIS, Table", "IBM Ingrid", "Haugen, Ingrid", "BOARD Meeting"])
def test_an_acronym_is_no_surname(text: str) -> None:
    assert found(text) == []
