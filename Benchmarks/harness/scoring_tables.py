"""Requests as rows of a table, ten numbers and five categories: what most models are trained on.

Numbers are missing here and there, and categories are those of records that nobody prepared.
"""
import random

NUMBERS = [
    "length", "path.length", "query.length", "body.length", "slashes", "parameters", "percents",
    "digits", "capitals", "entropy"]
# Where they are among the features of the reference.
PLACES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 21]
CATEGORIES = ["method", "site", "page", "extension", "parameter"]


def records(requests, features):
    """Records with numbers and categories; one number in twenty is null."""
    source = random.Random(15)
    made = []
    for request, row in zip(requests, features):
        record = {
            name: None if source.random() < 0.05 else float(row[place])
            for name, place in zip(NUMBERS, PLACES)}
        record.update(zip(CATEGORIES, categories(request)))
        made.append(record)
    return made


def categories(request):
    """Method, first and last part of the path, its extension, and the first parameter's name."""
    path = request["path"]
    parts = [part for part in path.split("/") if part] or [""]
    parameters = request["query"] or request["body"]
    return [
        request["method"], parts[0][:60], parts[-1][:60],
        parts[-1].rpartition(".")[2][:12] if "." in parts[-1] else "none",
        parameters.partition("=")[0][:40] or "none"]


def frame(rows):
    import pandas
    return pandas.DataFrame(rows, columns=NUMBERS + CATEGORIES).astype(
        {name: float for name in NUMBERS} | {name: object for name in CATEGORIES})


def pipeline():
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    columns = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
        ("categories", OneHotEncoder(handle_unknown="ignore"), CATEGORIES)])
    return make_pipeline(columns, LogisticRegression(max_iter=1_000))
