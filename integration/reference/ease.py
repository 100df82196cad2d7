"""EASE as everyone writes it first: the Gram matrix and its inverse by numpy, and by LAPACK's Cholesky
through scipy, on viewers who each have every hundredth film by chance.

    python ease.py films

Prints, as JSON, the seconds of either way, the Gram matrix and the weights included.
"""

import json
import sys
import time

import numpy
import scipy.linalg.lapack
import scipy.sparse

VIEWERS = 3_000
RIDGE = 100.0


def viewers(films):
    random = numpy.random.default_rng(1)
    picks = random.integers(0, films, (VIEWERS, films // 100))
    rows = numpy.repeat(numpy.arange(VIEWERS), picks.shape[1])
    matrix = scipy.sparse.csr_matrix((numpy.ones(picks.size), (rows, picks.ravel())), (VIEWERS, films))
    matrix.data[:] = 1.0
    return matrix


def by_numpy(gram):
    return numpy.linalg.inv(gram)


def by_cholesky(gram):
    factor, failed = scipy.linalg.lapack.dpotrf(gram)
    assert failed == 0
    inverse, failed = scipy.linalg.lapack.dpotri(factor, overwrite_c=True)
    assert failed == 0
    return numpy.triu(inverse) + numpy.triu(inverse, 1).T


def seconds(matrix, invert):
    begin = time.perf_counter()
    gram = (matrix.T @ matrix).toarray()
    gram[numpy.diag_indices_from(gram)] += RIDGE
    inverse = invert(gram)
    weights = inverse / -numpy.diag(inverse)
    numpy.fill_diagonal(weights, 0.0)
    return time.perf_counter() - begin


matrix = viewers(int(sys.argv[1]))
print(json.dumps({"numpy_seconds": seconds(matrix, by_numpy), "cholesky_seconds": seconds(matrix, by_cholesky)}))
