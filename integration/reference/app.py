"""The app that everyone writes first, to compare with: TF-IDF, a dense cosine matrix, pickles.

    python app.py train movies.csv folder
    python app.py serve folder port
"""

import sys
from pathlib import Path

import joblib
import pandas as pd
import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity


def train(catalogue, folder):
    movies = pd.read_csv(catalogue, keep_default_na=False)
    tfidf = TfidfVectorizer(stop_words="english").fit_transform(movies["overview"] + " " + movies["genre"])
    joblib.dump(movies, folder / "movies.pkl")
    joblib.dump(cosine_similarity(tfidf), folder / "similarity.pkl")


def serve(folder, port):
    app = FastAPI()
    movies = joblib.load(folder / "movies.pkl")
    similarity = joblib.load(folder / "similarity.pkl")

    @app.get("/recommend")
    def recommend(movie_name: str, limit: int = 5):
        found = movies.index[movies["title"].str.lower() == movie_name.lower()]
        if found.empty:
            return JSONResponse({"error": "Movie not found."}, status_code=404)
        # Sorted in Python, as such apps nearly all do it; numpy's argsort would be several times faster.
        scores = sorted(enumerate(similarity[found[0]]), key=lambda score: score[1], reverse=True)
        nearest = [film for film, _ in scores if film != found[0]][:limit]
        return {"recommended_movies": movies["title"].iloc[nearest].tolist()}

    # Writing a line for every request would cost it requests.
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False)


if __name__ == "__main__":
    command, first, second = sys.argv[1:]
    if command == "train":
        train(first, Path(second))
    else:
        serve(Path(first), int(second))
