"""Golden inputs: what goes through scikit-learn at export, and through Swerve at every load."""

import base64
import json
import math

import numpy as np
import scipy.sparse

from . import vectorizers
from .errors import ExportError

INPUTS_MAX = 256
NUMBERS_MAX = 200_000
SEED = 20_100_101
REQUEST = ("method", "path", "query", "body")
# What views have beside lists of inputs.
NAMES = ("names", "text_names")


class Golden:
    """Inputs as scikit-learn takes them (`rows`), and as a record gives them (`views`).

    `views` has `text` (bytes), `request` (four byte strings), `dense` (an array), `fields` (an
    array, its columns called `names`), or `texts` (lists of bytes, None where a record has none,
    called `text_names`); its lists are as long as there are rows.
    """

    def __init__(self, rows, views, remark=""):
        self.rows = rows
        self.views = views
        self.remark = remark

    @property
    def count(self):
        return next((len(v) for name, v in self.views.items() if name not in NAMES), 0)

    def kept(self, chosen):
        """The same with the rows at `chosen` alone."""
        views = {
            name: [values[place] for place in chosen]
            if isinstance(values, list) else values[chosen]
            for name, values in self.views.items() if name not in NAMES
        }
        views.update({name: self.views[name] for name in NAMES if name in self.views})
        if hasattr(self.rows, "iloc"):
            rows = self.rows.iloc[chosen]
        elif isinstance(self.rows, list):
            rows = [self.rows[place] for place in chosen]
        else:
            rows = self.rows[chosen]
        return Golden(rows, views, self.remark)

    def manifest(self, decisions, parts):
        manifest = {
            "count": self.count,
            "decision": parts.add("golden.decision", decisions),
        }
        if "text" in self.views:
            manifest["text"] = parts.add_strings("golden.text", self.views["text"], "bytes")
        if "request" in self.views:
            flat = [part for request in self.views["request"] for part in request]
            manifest["request"] = parts.add_strings("golden.request", flat, "bytes")
        if "dense" in self.views:
            manifest["dense"] = parts.add("golden.dense", self.views["dense"])
        if "fields" in self.views:
            manifest["fields"] = {
                "names": self.views["names"],
                "values": parts.add("golden.fields", self.views["fields"]),
            }
        if "texts" in self.views:
            flat = [text for row in self.views["texts"] for text in row]
            manifest["texts"] = {
                "names": self.views["text_names"],
                "absent": [place for place, text in enumerate(flat) if text is None],
                **parts.add_strings("golden.texts", [text or b"" for text in flat], "bytes"),
            }
        return manifest


def spread(count, most=INPUTS_MAX):
    """Which of `count` rows are taken: all, or `most` evenly spread."""
    return [place * count // most for place in range(most)] if count > most else list(range(count))


# ---- of data that the caller has


def of_samples(samples, inputs, fields):
    """Golden inputs of rows that the estimator takes."""
    if inputs.kind == "text":
        texts = list(samples)
        texts = [texts[place] for place in spread(len(texts))]
        return Golden(texts, {"text": [_bytes(text) for text in texts]})
    if inputs.kind == "dict":
        samples = list(samples)
        return of_dicts([samples[place] for place in spread(len(samples))], inputs)
    if inputs.kind == "frame":
        if not hasattr(samples, "iloc"):
            raise ExportError("the samples are no DataFrame", "give rows as the estimator takes them")
        return of_frame(samples.iloc[spread(len(samples))], inputs)
    if scipy.sparse.issparse(samples):
        samples = samples.tocsr()
        rows = samples[spread(samples.shape[0])].toarray()
    else:
        rows = np.asarray(samples, dtype=np.float64)
        if rows.ndim != 2:
            raise ExportError(f"the samples have {rows.ndim} dimensions, not rows and columns")
        rows = rows[spread(len(rows))]
    return of_rows(np.asarray(rows, dtype=np.float64), inputs, fields)


def of_rows(rows, inputs, fields):
    if rows.shape[1] != inputs.width:
        raise ExportError(f"the samples have {rows.shape[1]} columns, the estimator {inputs.width}")
    most = max(1, NUMBERS_MAX // max(1, rows.shape[1]))
    rows = rows[spread(len(rows), min(INPUTS_MAX, most))]
    if fields is None:
        return Golden(rows, {"dense": rows})
    return Golden(rows, {"fields": rows, "names": fields})


def of_frame(frame, inputs):
    views = {}
    if inputs.text_column is not None:
        views["text"] = [_bytes(text) for text in frame[inputs.text_column]]
    if inputs.columns:
        views["fields"] = frame[inputs.columns].to_numpy(dtype=np.float64)
        views["names"] = inputs.columns
    if inputs.texts:
        columns = [[_optional(text) for text in frame[column]] for column in inputs.texts]
        views["texts"] = [list(row) for row in zip(*columns)]
        views["text_names"] = inputs.texts
    return _complete(Golden(frame, views), inputs)


def _complete(rows, inputs):
    """The inputs that lack nothing but what a record may lack: others are errors to Swerve."""
    lacking = np.zeros(rows.count, dtype=bool)
    for place, column in enumerate(rows.views.get("names", ())):
        if column not in inputs.missing:
            lacking |= np.isnan(rows.views["fields"][:, place])
    for place, column in enumerate(rows.views.get("text_names", ())):
        if column not in inputs.missing:
            lacking |= np.array([row[place] is None for row in rows.views["texts"]], dtype=bool)
    if not lacking.any():
        return rows
    kept = rows.kept(np.flatnonzero(~lacking).tolist())
    kept.remark = (
        f"{lacking.sum()} of {rows.count} inputs lack a field that had no missing values in "
        "training; such a record is an error, and they are no golden inputs"
    )
    return kept


def of_dicts(rows, inputs):
    """Rows of a DictVectorizer: what a dict does not have is absent."""
    for row in rows:
        for name, value in row.items():
            if inputs.separator is not None and inputs.separator in str(name):
                raise ExportError(
                    f"the sample's key '{name}' has '{inputs.separator}' in it, which stands "
                    "between a name and its text",
                    "name it otherwise, or train with another separator",
                )
            is_right = isinstance(value, str if name in inputs.texts else (int, float))
            if name in inputs.texts + inputs.columns and not is_right:
                raise ExportError(
                    f"the sample's '{name}' is {type(value).__name__}, and training had "
                    + ("texts" if name in inputs.texts else "numbers")
                )
    views = {}
    if inputs.columns:
        views["fields"] = np.array(
            [[float(row.get(name, np.nan)) for name in inputs.columns] for row in rows]
        )
        views["names"] = inputs.columns
    if inputs.texts:
        views["texts"] = [
            [_optional(row.get(name)) for name in inputs.texts] for row in rows
        ]
        views["text_names"] = inputs.texts
    return Golden(list(rows), views)


def _optional(text):
    """The bytes of a text of a table; None for what stands there for a missing one."""
    if text is None or (isinstance(text, float) and math.isnan(text)):
        return None
    if type(text).__name__ in ("NAType", "NaTType"):
        return None
    return _bytes(text)


def _bytes(text):
    if isinstance(text, str):
        try:
            return text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ExportError(f"the sample {text[:20]!r} is no Unicode text") from error
    if isinstance(text, (bytes, np.bytes_)):
        return bytes(text)
    raise ExportError(f"a sample is {type(text).__name__}, not a text")


# ---- of lines as `swerve score` reads them


def of_lines(lines, inputs, fields, source):
    """Golden inputs of JSON lines; with `source`, each also has the row that it becomes as "x"."""
    documents = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except ValueError as error:
            raise ExportError(f"golden line {number} is no JSON: {error}") from error
        if not isinstance(document, dict):
            raise ExportError(f"golden line {number} is no object")
        documents.append((number, document))
    if not documents:
        raise ExportError("there are no golden lines")
    documents = [documents[place] for place in spread(len(documents))]
    if inputs.kind == "text":
        texts = [_text(number, document) for number, document in documents]
        return Golden(texts, {"text": texts})
    if inputs.kind == "frame":
        return _framed(documents, inputs)
    if inputs.kind == "dict":
        rows = [
            {name: _field(number, document, name) for name in inputs.texts + inputs.columns}
            for number, document in documents
        ]
        return of_dicts(
            [{name: value for name, value in row.items() if value is not None} for row in rows],
            inputs,
        )
    if fields is not None:
        missing = fields if inputs.takes_missing else ()
        rows = [_fields(number, document, fields, missing) for number, document in documents]
        rows = np.array(rows)
        return of_rows(rows, inputs, fields)
    rows = np.array([_numbers(number, document, inputs.width) for number, document in documents])
    if source is None:
        return of_rows(rows, inputs, None)
    return Golden(rows, _record_views(documents, source))


def _text(number, document):
    """The text of a line, as Swerve composes it."""
    if isinstance(document.get("text"), str):
        return _bytes(document["text"])
    if isinstance(document.get("text_b64"), str):
        try:
            return base64.b64decode(document["text_b64"], validate=True)
        except ValueError as error:
            raise ExportError(f"golden line {number}: text_b64 is no base64") from error
    method, path, query, body = _request(number, document)
    return method + b" " + path + (b"?" + query if query else b"") + b"\n" + body


def _request(number, document):
    parts = [document.get(key, "" if key in ("query", "body") else None) for key in REQUEST]
    if not all(isinstance(part, str) for part in parts):
        raise ExportError(f"golden line {number} is no text and no request with method and path")
    return [_bytes(part) for part in parts]


def _numbers(number, document, width):
    row = document.get("x")
    if not isinstance(row, list) or len(row) != width:
        raise ExportError(f"golden line {number} has no \"x\" of {width} numbers")
    return [_number(number, value) for value in row]


def _number(number, value):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ExportError(f"golden line {number}: {value!r} is not a finite number")
    return float(value)


def _fields(number, document, names, missing=()):
    row = []
    for name in names:
        value = _field(number, document, name)
        if value is None and name in missing:
            row.append(math.nan)
            continue
        if value is None:
            raise ExportError(
                f"golden line {number} has no field '{name}'",
                'give the fields by name, or read "x": fields=False (--no-fields)'
                if "x" in document else "",
            )
        row.append(float(value) if isinstance(value, bool) else _number(number, value))
    return row


def _field(number, document, name):
    """A field as Swerve reads it: a key of that name, else the value that its parts lead to."""
    nested, keys = document, name.split(".")
    if len(keys) > 1:
        for key in keys:
            nested = nested.get(key) if isinstance(nested, dict) else None
        if name not in document:
            return nested
        if nested is not None:
            raise ExportError(
                f"golden line {number} has '{name}' as a key of its own and inside "
                f"'{'.'.join(keys[:-1])}'"
            )
    return document.get(name)


def _named_text(number, document, name, is_only):
    """A named text; where it is the only one, the record's own text may stand for it."""
    value = _field(number, document, name)
    if value is None and is_only and ("text" in document or "text_b64" in document):
        value = _text(number, document).decode("utf-8", "replace")
    if value is not None and not isinstance(value, str):
        raise ExportError(f"golden line {number}: '{name}' is not a string")
    return value


def _framed(documents, inputs):
    table = {}
    if inputs.text_column is not None:
        table[inputs.text_column] = [_text(number, document) for number, document in documents]
    for name in inputs.texts:
        texts = [_named_text(n, d, name, len(inputs.texts) == 1) for n, d in documents]
        table[name] = _column([_missing(inputs, name) if t is None else t for t in texts])
    rows = [
        _fields(number, document, inputs.columns, inputs.missing) for number, document in documents
    ]
    for place, column in enumerate(inputs.columns):
        table[column] = [row[place] for row in rows]
    return of_frame(_table(table, inputs), inputs)


def _missing(inputs, name):
    """What stands in a table for a missing text."""
    return None if name in inputs.nones else math.nan


def _column(values):
    """Texts and what stands for missing ones, as they are."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _table(table, inputs):
    """A DataFrame with the columns in the order of the training; unused ones are 0."""
    import pandas

    count = len(next(iter(table.values())))
    names = list(inputs.names) + [name for name in table if name not in inputs.names]
    return pandas.DataFrame(
        {
            name: pandas.Series(
                table[name], dtype=object if table[name].dtype == object else None
            ) if isinstance(table.get(name), np.ndarray) else table.get(name, np.zeros(count))
            for name in names
        }
    )


def _record_views(documents, source):
    """What a spec in place of `dense` reads of each record."""
    names = _field_names(source)
    views = {}
    if all("path" in document for _, document in documents):
        views["request"] = [_request(number, document) for number, document in documents]
    elif not names or any("text" in d or "text_b64" in d for _, d in documents):
        views["text"] = [_text(number, document) for number, document in documents]
    if names:
        views["fields"] = np.array([_fields(n, document, names) for n, document in documents])
        views["names"] = names
    return views


def _field_names(steps):
    names = []
    for step in steps:
        for name, value in step.items():
            if name == "fields":
                listed = value.get("names") if isinstance(value, dict) else value
                names += [field for field in listed or [] if field not in names]
            elif name == "union" and isinstance(value, list):
                for part in value:
                    names += [n for n in _field_names(part.get("steps", [])) if n not in names]
    return names


# ---- made, where there are none


def made(inputs, transformers, model, fields, plainly=False):
    """Inputs of our own: texts with everything that texts can have, or rows around the data.

    plainly: nothing missing, nothing unknown, no number below 0.
    """
    rng = np.random.default_rng(SEED)
    if inputs.kind == "text":
        # Of bytes that are not UTF-8, Swerve does what 'replace' does.
        strict = any(
            getattr(step, "decode_error", "") in ("strict", "ignore") for step in _all(transformers)
        )
        texts = [text for text in _texts() if not strict or _is_utf8(text)]
        return Golden(texts, {"text": texts})
    if inputs.kind == "dict":
        return _made_dicts(inputs, rng, plainly)
    if inputs.kind == "frame":
        texts = [text for text in _texts() if _is_utf8(text)]
        table = {}
        if inputs.text_column is not None:
            table[inputs.text_column] = [text.decode() for text in texts]
        for place, column in enumerate(inputs.texts):
            chosen = _choices(inputs, column, plainly) or [text.decode() for text in texts]
            # Columns do not go through their values in step.
            values = [chosen[(n * (2 * place + 1)) % len(chosen)] for n in range(len(texts))]
            if column in inputs.missing and not plainly:
                values[place % 5 :: 7] = [
                    _missing(inputs, column) for _ in values[place % 5 :: 7]
                ]
            table[column] = _column(values)
        for place, column in enumerate(inputs.columns):
            chosen = _choices(inputs, column, plainly)
            values = np.array(
                [chosen[(n + place) % len(chosen)] for n in range(len(texts))] if chosen
                else np.round(rng.lognormal(1, 1.5, len(texts)), 6), dtype=np.float64
            )
            if column in inputs.missing and not plainly:
                values[place % 7 :: 6] = math.nan
            table[column] = values
        return of_frame(_table(table, inputs), inputs)
    count = int(np.clip(NUMBERS_MAX // max(1, inputs.width), 4, 64))
    center, scale = _range(transformers, model, inputs.width)
    rows = center + scale * rng.standard_normal((count, inputs.width))
    rows[0] = 0.0
    rows[1] = center
    if inputs.takes_missing and not plainly:
        rows[2::5, ::2] = math.nan
        rows[3::5, 1::3] = math.nan
    if plainly:
        # Before categories, which are as they are.
        rows = np.abs(rows)
    for place in inputs.choices:
        chosen = _choices(inputs, place, plainly)
        if chosen:
            rows[:, place] = [chosen[(n + place) % len(chosen)] for n in range(count)]
    return of_rows(rows, inputs, fields)


def _choices(inputs, column, plainly):
    """The values for a column of categories, with one that is none where that may be."""
    known = inputs.choices.get(column, [])
    unknown = inputs.unknowns.get(column)
    if plainly or unknown is None or column not in inputs.choices:
        return known
    return known + [unknown]


def _made_dicts(inputs, rng, plainly):
    """Dicts of a DictVectorizer's own features, most of them there, and one empty."""
    rows = [{}]
    for n in range(48):
        row = {}
        for place, name in enumerate(inputs.columns):
            if (n + place) % 5:
                row[name] = float(np.round(rng.lognormal(1, 1.5), 6))
        for place, name in enumerate(inputs.texts):
            if (n + place) % 7:
                chosen = _choices(inputs, name, plainly)
                row[name] = chosen[(n * (2 * place + 1)) % len(chosen)]
        rows.append(row)
    return of_dicts(rows, inputs)


def readable(rows, transformers):
    """Texts as vectorizers of another encoding must see them to read what Swerve reads."""
    if not isinstance(rows, list) or not decodes_otherwise(transformers):
        return rows
    return [row.decode("utf-8", "replace") if isinstance(row, bytes) else row for row in rows]


def decodes_otherwise(transformers):
    """Whether a vectorizer decodes bytes in another encoding than UTF-8."""
    return any(
        hasattr(step, "decode_error") and not callable(step.analyzer)
        and vectorizers.has_other_encoding(step) for step in _all(transformers)
    )


def _all(steps):
    for step in steps:
        yield step
        for _, part, *_ in list(getattr(step, "transformer_list", [])) + list(
            getattr(step, "transformers_", [])
        ):
            yield from _all([part])
        yield from _all([part for _, part in getattr(step, "steps", [])])


def _range(transformers, model, width):
    """Where the training data lay, as far as the scaler or the support vectors tell."""
    first = transformers[0] if transformers else None
    center, scale = np.zeros(width), np.ones(width)
    if getattr(first, "mean_", None) is not None and first.mean_.shape == (width,):
        center = first.mean_
    if getattr(first, "data_min_", None) is not None:
        center = (first.data_min_ + first.data_max_) / 2
        scale = (first.data_max_ - first.data_min_) / 2
    elif getattr(first, "scale_", None) is not None and np.shape(first.scale_) == (width,):
        scale = first.scale_
    elif not transformers and getattr(model, "support_vectors_", np.empty((0, 0))).shape[0] > 1:
        vectors = model.support_vectors_
        vectors = vectors.toarray() if scipy.sparse.issparse(vectors) else vectors
        center, scale = vectors.mean(axis=0), vectors.std(axis=0)
    return center, scale


def _is_utf8(text):
    try:
        text.decode("utf-8")
        return True
    except UnicodeDecodeError:
        return False


def _texts():
    """Requests, plain and hostile, and the edges of Unicode, white space and length."""
    texts = [
        b"", b" ", b"a", b"aB", b"\n", b"GET / HTTP", b"  two  spaces  ", b"\t\ttabs\tand\r\n\r\nlines",
        b"GET /\n", b"GET /index.html\n", b"POST /login?next=%2Fhome\nuser=ann&pass=secret",
        b"GET /search?q=1%27%20OR%201%3D1--\n", b"GET /search?q=' OR '1'='1\n",
        b"GET /?q=<script>alert(1)</script>\n", b"GET /../../etc/passwd\n",
        b"POST /api\n{\"name\":\"x\",\"n\":[1,2,3]}", b"GET /a?b=c;cat%20/etc/shadow|nc\n",
        b"DELETE /items/17?force=true\n", b"UPPER lower MiXeD 0123456789",
        b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", bytes(range(32)), bytes(range(32, 127)),
        "ünïcödé Straße ÉCOLE".encode(), "Ὀδυσσεύς ΟΔΟΣ ΣΑΣ".encode(), "İstanbul ıI".encode(),
        "日本語 テキスト 漢字".encode(), "emoji 😀👍🏽 flags 🇩🇪".encode(),
        "a\u0301 combining e\u0308".encode(), "\u00a0\u2003\u3000 wide\u2028spaces".encode(),
        "zero\u200bwidth\ufeff".encode(), "Привет, МИР".encode(), "ﬁ ligature ǅ".encode(),
        "snake_case x_ _y ٣٤٥ Ⅷ² ½ देवनागरी it's e-mail a.b@c.de 3rd".encode(),
        b"x" * 300, b"ab " * 200, b"0" * 64 + b"\n" + b"1" * 64,
        b"broken \xff\xfe utf-8 \xc3", b"\xe2\x82", b"\xf0\x9f\x98 cut", b"\x80\x81 continuation",
    ]
    return texts + [
        f"GET /shop/item/{n}?color={c}&page={n * 7}\n".encode()
        for n, c in enumerate(["red", "Blue", "GREEN", "%20", "тест", "a+b", "'", "<b>"])
    ]
