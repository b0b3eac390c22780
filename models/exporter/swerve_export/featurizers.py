"""From the transformers before a model to the steps of a featurizer spec."""

from .errors import ExportError
from .flow import Column, Context, Flow, union
from . import columns, projections, tables, vectorizers
from .wrappers import class_name, flattened

VECTORIZERS = ("HashingVectorizer", "CountVectorizer", "TfidfVectorizer")


class Inputs:
    """What a model takes: texts, rows of numbers, or rows of a table with named columns.

    Of a table: `columns` are its numbers, `texts` its texts, and `text_column` the one that is the
    text of a record itself. `choices` are values that inputs made for the self-test take for a
    column, where not any do; `missing` are columns that a record may lack, and `names` all columns
    in their order. In the texts of `nones` a missing value is None, in others NaN.
    """

    def __init__(
        self, kind, width=None, text_column=None, columns=(), texts=(), choices=None,
        missing=(), nones=(), names=(),
    ):
        self.kind = kind
        self.width = width
        self.text_column = text_column
        self.columns = list(columns)
        self.texts = list(texts)
        self.choices = dict(choices or {})
        self.missing = set(missing)
        self.nones = set(nones)
        self.names = list(names)
        # For columns with `choices` a value that is none of them, where all that read it take one.
        self.unknowns = {}
        # Of dicts: what no name may have.
        self.separator = None
        # Of rows of numbers: whether NaN among them is filled.
        self.takes_missing = False


def featurizer(transformers, width, analyzer, parts):
    """Steps for `transformers`, and what they take.

    `width` is how many features come in where nothing says so before.
    """
    stages, inputs = staged(transformers, width, analyzer, parts)
    return stages[-1], inputs


def staged(transformers, width, analyzer, parts):
    """The steps up to each of `transformers`, those before the first included; what they take."""
    context = Context(analyzer, parts)
    kind, flow, names = _entry(transformers, width)
    stages = [numbers(flow.copied(), context) if kind == "dense" and flow.columns else None]
    rest = list(transformers)
    while rest:
        rest = apply(flow, rest, context)
        done = len(transformers) - len(rest)
        # A step that took two transformers has nothing between them.
        stages += [None] * (done - len(stages))
        stages.append(flow.copied() if rest else flow)
    stages[-1] = numbers(flow, context)
    if kind == "frame":
        columns.say(context)
    inputs = Inputs(
        kind, width=int(_width(transformers, width) or 0) if kind == "dense" else None,
        text_column=context.text_column, columns=context.numbers, texts=context.texts,
        choices=context.choices, missing=context.missing, nones=context.nones,
        names=names or (),
    )
    inputs.unknowns, inputs.separator = context.unknowns, context.separator
    inputs.takes_missing = _takes_missing(flow.steps)
    return [None if stage is None else stage.steps for stage in stages], inputs


def _width(transformers, width):
    for step in transformers:
        if hasattr(step, "n_features_in_"):
            return step.n_features_in_
        break
    return width


def _leaves(transformers):
    """The transformers that something goes into first."""
    for step in transformers[:1]:
        parts = getattr(step, "transformer_list", None)
        if class_name(step) == "FeatureUnion" and parts:
            for _, part in parts:
                if not (isinstance(part, str) and part == "drop"):
                    yield from _leaves(flattened(part))
        elif not _is_identity(step):
            yield step
        else:
            yield from _leaves(transformers[1:])


def _entry(transformers, width):
    """Texts, rows of numbers, tables or dicts come in: (kind, flow, names of columns)."""
    leaves = list(_leaves(transformers))
    kinds = {class_name(leaf) for leaf in leaves}
    if kinds & set(VECTORIZERS):
        if not kinds <= set(VECTORIZERS):
            raise ExportError(
                "FeatureUnion: its parts take texts and something else",
                "use a ColumnTransformer, whose parts take columns",
            )
        return "text", Flow(is_text=True), None
    if "DictVectorizer" in kinds:
        return "dict", Flow(columns=[]), None
    names = next(
        (leaf.feature_names_in_ for leaf in leaves if hasattr(leaf, "feature_names_in_")), None
    )
    is_table = "ColumnTransformer" in kinds or any(tables.takes_texts(leaf) for leaf in leaves)
    if is_table and names is not None:
        names = [str(name) for name in names]
        return "frame", Flow(columns=[Column(name=name) for name in names]), names
    if any(tables.takes_texts(leaf) for leaf in leaves):
        raise ExportError(
            "the estimator was fitted on texts in columns without names",
            "fit it on a DataFrame, whose columns are fields of the records",
        )
    width = int(_width(transformers, width) or 0)
    places = [Column(place=place, total=width) for place in range(width)]
    return "dense", Flow(columns=places), None


def _is_identity(transformer):
    """Whether it passes its input through: what ColumnTransformer makes of 'passthrough'."""
    if transformer is None or isinstance(transformer, str):
        return transformer in (None, "passthrough")
    return class_name(transformer) == "FunctionTransformer" and transformer.func is None


def chain(flow, part, context):
    """`part`, which may be a pipeline, behind `flow`."""
    rest = [] if _is_identity(part) else flattened(part)
    while rest:
        rest = apply(flow, rest, context)
    return numbers(flow, context)


def numbers(flow, context):
    """Columns that nothing was done to become features; what is missing of texts is theirs."""
    if not flow.is_raw:
        return flow
    if flow.is_text:
        raise ExportError("texts come to the model as they are", "put a vectorizer before it")
    columns.read(flow, context)
    return flow


def apply(flow, transformers, context):
    """Changes `flow` by the first of `transformers`; gives those that are left."""
    first, rest = transformers[0], list(transformers[1:])
    name = class_name(first)
    if _is_identity(first):
        return rest
    if name in VECTORIZERS:
        tfidf = (
            rest.pop(0)
            if name != "TfidfVectorizer" and rest and class_name(rest[0]) == "TfidfTransformer"
            else None
        )
        _vectorized(flow, first, name, tfidf, context)
    elif name == "FeatureUnion":
        _union(flow, first, context)
    elif name == "ColumnTransformer":
        columns.transformed(flow, first, context)
    elif name in tables.STEPS:
        tables.STEPS[name](flow, first, context)
    elif name in projections.STEPS:
        projections.STEPS[name](numbers(flow, context), first, context)
    elif name is not None and hasattr(first, "get_support"):
        tables.selected(numbers(flow, context), first)
    elif name == "TfidfTransformer":
        raise ExportError(
            "TfidfTransformer stands behind something else than a CountVectorizer or "
            "HashingVectorizer",
            "use TfidfVectorizer",
        )
    else:
        raise ExportError(
            f"{type(first).__module__.split('.')[0]}'s {type(first).__name__} cannot be expressed",
            tables.remedy(type(first).__name__),
        )
    return rest


def _vectorized(flow, vectorizer, name, tfidf, context):
    if not flow.is_raw:
        raise ExportError(f"{name} is not the first step", "put it first")
    column = None
    if not flow.is_text:
        column = columns.text(flow, name, context)
    analyzer, parts = context.analyzer, context.parts
    if name == "HashingVectorizer":
        steps = [vectorizers.hashed(vectorizer, analyzer, parts)]
        width = vectorizer.n_features
        if tfidf is not None:
            steps += vectorizers.weighed(vectorizer, tfidf, parts)
    else:
        tfidf = vectorizer._tfidf if name == "TfidfVectorizer" else tfidf
        steps = [vectorizers.counted(vectorizer, tfidf, analyzer, parts)]
        width = len(vectorizer.vocabulary_)
    if column is not None:
        next(iter(steps[0].values()))["field"] = column
    flow.steps, flow.width, flow.is_text, flow.columns = steps, int(width), False, None
    if vectorizer.decode_error == "strict" and not callable(vectorizer.analyzer):
        parts.note(
            "decode_error='strict': scikit-learn raises for a text that is not UTF-8, Swerve "
            "scores it as with 'replace'"
        )


def _union(flow, feature_union, context):
    weights = feature_union.transformer_weights or {}
    flows = []
    for name, part in feature_union.transformer_list:
        if isinstance(part, str) and part == "drop":
            continue
        own = chain(flow.copied(), part, context)
        columns.weigh(own, weights.get(name))
        flows.append(own)
    _become(flow, union(flows, "FeatureUnion"))


def _become(flow, other):
    flow.__dict__.update(other.__dict__)
    flow.is_text = False


def by_name(steps, names):
    """The steps with numbers of "x" read as fields of these names."""
    return _with_source(steps, lambda keys: {"fields": {
        "names": list(columns.checked(names)),
        **({"missing": "nan"} if keys.get("missing") else {}),
    }})


def from_x(steps):
    """The steps as a spec has them, numbers from "x"."""
    return _with_source(steps, lambda keys: {"dense": {"n_features": keys["n_features"]}})


def _takes_missing(steps):
    return any(
        bool(step["dense"].get("missing")) if "dense" in step
        else any(_takes_missing(part["steps"]) for part in step.get("union", ()))
        for step in steps
    )


def _with_source(steps, made):
    result = []
    for step in steps:
        if "dense" in step:
            result.append(made(step["dense"]))
        elif "union" in step:
            result.append({"union": [
                {"steps": _with_source(part["steps"], made)} for part in step["union"]
            ]})
        else:
            result.append(step)
    return result


def fields(names):
    """The step that reads named numbers of a record."""
    return {"fields": {"names": list(columns.checked(names))}}
