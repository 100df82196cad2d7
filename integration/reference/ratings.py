"""Ratings as everyone predicts them first: multinomial logistic regression and boosted trees of
scikit-learn, on one file of ratings, predicting another.

    python ratings.py train.csv test.csv logistic|logistic-notes|boosting

Prints, as JSON, the figures of `matinee evaluate ratings`, what was chosen, and the seconds.

logistic        director, genres (one column each) and year; C by log loss on a fifth of the training file
logistic-notes  the same and what our facts take from a title: (V), (TV), (VG), its length, a number
boosting        histogram gradient boosting for classes, on the director's shrunken mean stars, made of
                the other parts of five for rows it learns from, and all of the above
"""

import json
import re
import sys
import time

import numpy
import pandas
import scipy.sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

STARS = numpy.arange(1, 11)
COLUMNS = ["Genre1", "Genre2", "Genre3"]
PRIOR_FILMS = 3.0


def read(path):
    separator = "\t" if path.endswith(".tsv") else ","
    return pandas.read_csv(path, sep=separator, keep_default_na=False)


def metrics(probabilities, stars):
    expected = probabilities @ STARS
    # Of equally probable ones the most, as our label is.
    label = 10 - probabilities[:, ::-1].argmax(axis=1)
    confidence = probabilities.max(axis=1)
    right = (label == stars).astype(float)
    bins = numpy.minimum((confidence * 10).astype(int), 9)
    gaps = numpy.bincount(bins, confidence - right, 10)
    true = probabilities[numpy.arange(len(stars)), stars - 1]
    return {
        "rmse": float(numpy.sqrt(((expected - stars) ** 2).mean())),
        "mae": float(abs(expected - stars).mean()),
        "accuracy": float(right.mean()),
        "within_one": float((abs(numpy.floor(expected + 0.5) - stars) <= 1).mean()),
        "log_loss": float(-numpy.log(numpy.maximum(true, 1e-15)).mean()),
        "calibration_error": float(abs(gaps).sum() / len(stars)),
    }


def of_all_stars(model, matrix):
    """Classes that were not seen get a millionth."""
    probabilities = numpy.full((matrix.shape[0], 10), 1e-6)
    probabilities[:, model.classes_.astype(int) - 1] = model.predict_proba(matrix)
    return probabilities / probabilities.sum(axis=1, keepdims=True)


def notes(films):
    title = films["title"].astype(str)
    core = title.str.replace(r"(\s*\((\d{4}|\?{4})(/[IVXLC]+)?\)|\s*\((TV|V|VG)\))+$", "", regex=True)
    number = re.compile(r"(?<!\w)([2-9]|II|III|IV|V|VI|VII|VIII|IX)(?!\w)")
    return numpy.column_stack(
        [title.str.endswith(f"({kind})").astype(float) for kind in ["V", "TV", "VG"]]
        + [core.str.len().clip(upper=100) / 20.0]
        + [core.map(lambda text: float(number.search(text) is not None))]
    )


def names(films):
    """Column names of each film: its director and its genres."""
    directors = ("director " + films["Director1"].astype(str)).tolist()
    genres = [("genre " + films[column].astype(str)).tolist() for column in COLUMNS]
    return [
        [name for name in row if not name.endswith(" None")] for row in zip(directors, *genres)
    ]


def sparse(films, columns, with_notes):
    rows, places = [], []
    for row, of_film in enumerate(names(films)):
        for place in {columns[name] for name in of_film if name in columns}:
            rows.append(row)
            places.append(place)
    shape = (len(films), len(columns))
    named = scipy.sparse.csr_matrix((numpy.ones(len(rows)), (rows, places)), shape)
    year = (films["year"].to_numpy(float)[:, None] - 1995.0) / 20.0
    others = [year, notes(films)] if with_notes else [year]
    return scipy.sparse.hstack([named] + others).tocsr()


def known(films):
    columns = {}
    for of_film in names(films):
        for name in of_film:
            columns.setdefault(name, len(columns))
    return columns


def logistic(train, test, with_notes):
    def fit(part, c):
        columns = known(part)
        model = LogisticRegression(C=c, max_iter=500)
        model.fit(sparse(part, columns, with_notes), part["stars"].to_numpy())
        return lambda films: of_all_stars(model, sparse(films, columns, with_notes))

    shuffled = train.sample(frac=1.0, random_state=1)
    cut = len(shuffled) * 4 // 5
    learn, check = shuffled[:cut], shuffled[cut:]
    losses = {
        c: metrics(fit(learn, c)(check), check["stars"].to_numpy())["log_loss"]
        for c in [0.1, 0.3, 1.0, 3.0]
    }
    best = min(losses, key=losses.get)
    return fit(train, best)(test), {"C": best}


def director_means(train, test):
    mean = train["stars"].mean()

    def means(part, films):
        grouped = part.groupby("Director1")["stars"].agg(["sum", "size"])
        shrunken = (grouped["sum"] + PRIOR_FILMS * mean) / (grouped["size"] + PRIOR_FILMS)
        count = films["Director1"].map(grouped["size"]).fillna(0.0)
        return numpy.column_stack([films["Director1"].map(shrunken).fillna(mean), count])

    own = numpy.zeros((len(train), 2))
    for others, part in KFold(5, shuffle=True, random_state=1).split(train):
        own[part] = means(train.iloc[others], train.iloc[part])
    return own, means(train, test)


def boosting(train, test):
    columns = {name: at for at, name in enumerate(sorted(n for n in known(train) if n.startswith("genre ")))}
    own, theirs = director_means(train, test)
    dense = lambda films: sparse(films, columns, True).toarray()
    model = HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=300, max_leaf_nodes=8, l2_regularization=5.0,
        early_stopping=True, validation_fraction=0.2, random_state=1,
    )
    model.fit(numpy.hstack([dense(train), own]), train["stars"].to_numpy())
    found = of_all_stars(model, numpy.hstack([dense(test), theirs]))
    return found, {"rounds": int(model.n_iter_)}


def main(train, test, which):
    train, test = read(train), read(test)
    begin = time.perf_counter()
    if which == "boosting":
        probabilities, chosen = boosting(train, test)
    else:
        probabilities, chosen = logistic(train, test, which == "logistic-notes")
    seconds = time.perf_counter() - begin
    found = metrics(probabilities, test["stars"].to_numpy())
    print(json.dumps({"metrics": found, "chosen": chosen, "seconds": seconds}))


main(*sys.argv[1:])
