"""Sums and products of rows, against plain arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from aggregator.merge.sums import dense_products, distinct_pairs, indicator, products, squares


@pytest.mark.parametrize("density", [0.02, 0.9])
def test_products_of_pairs_of_rows(density: float) -> None:
    """Short rows and such as are unpacked give what the dense matrices give."""
    random = np.random.default_rng(1)
    dense = (random.random((80, 500)) * (random.random((80, 500)) < density)).astype(np.float32)
    dense[0] = 0
    matrix = sparse.csr_matrix(dense)
    one, other = random.integers(0, 80, 300), random.integers(0, 80, 300)
    expected = (dense[one] * dense[other]).sum(1)
    np.testing.assert_allclose(products(matrix, one, other), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(dense_products(dense, one, other), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(squares(matrix), (dense**2).sum(1), rtol=1e-4)


def test_no_pairs() -> None:
    none = np.zeros(0, np.int64)
    assert len(products(sparse.csr_matrix(np.ones((3, 4), np.float32)), none, none)) == 0


def test_rows_are_summed_by_label() -> None:
    rows = np.array([[1, 2], [3, 4], [5, 6]], np.float32)
    summed = indicator(np.array([0, 1, 0]), 2) @ rows
    assert summed.tolist() == [[6, 8], [3, 4]]


def test_pairs_are_named_once_and_never_with_themselves() -> None:
    one, other = distinct_pairs(np.array([2, 0, 1, 2]), np.array([0, 2, 1, 1]), 3)
    assert list(zip(one.tolist(), other.tolist(), strict=True)) == [(0, 2), (1, 2)]
