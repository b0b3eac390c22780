"""Columns of tables: fields of the record, and ColumnTransformer, which shares them out."""

import numpy as np

from .errors import ExportError
from .flow import Flow, union

# The column whose texts are the text of a record: given as "text" or "text_b64", or made of a
# request's method, path, query and body.
TEXT = "text"

# What else a record says beside its fields.
RESERVED = {"id", "label", "decision", "text", "text_b64"}

# The reader's bounds on a name.
NAME_BYTES_MAX = 256
NAME_PARTS_MAX = 8


def transformed(flow, transformer, context):
    """The parts of a ColumnTransformer, each behind its own columns."""
    from . import featurizers

    weights = transformer.transformer_weights or {}
    width = transformer.n_features_in_
    count = len(flow.columns) if flow.is_raw else flow.width
    if flow.is_text or count != width:
        raise ExportError(
            f"ColumnTransformer was fitted on {width} columns, and {count or 0} come to it",
            "fit the pipeline as a whole",
        )
    flows = []
    for name, part, chosen in transformer.transformers_:
        if isinstance(part, str) and part == "drop":
            continue
        places = _places(transformer, name, chosen)
        if not places:
            continue
        own = flow.copied()
        own.select(places)
        own.is_single = np.isscalar(chosen)
        try:
            featurizers.chain(own, part, context)
        except ExportError as error:
            if error.reason.startswith("ColumnTransformer"):
                raise
            raise ExportError(
                f"ColumnTransformer: '{name}': {error.reason}", error.remedy
            ) from error
        weigh(own, weights.get(name))
        flows.append(own)
    joined = union(flows, "ColumnTransformer")
    flow.__dict__.update(joined.__dict__)


def weigh(flow, weight):
    """transformer_weights: every feature of a part times one number."""
    if weight is not None and weight != 1:
        flow.add("multiply", {"factor": float(weight)}, passes_missing=True)


def _places(transformer, name, chosen):
    """The columns that a part takes, by their positions."""
    known = getattr(transformer, "_transformer_to_input_indices", {}).get(name)
    if known is not None:
        return [int(place) for place in known]
    names = [str(column) for column in getattr(transformer, "feature_names_in_", [])]
    if isinstance(chosen, str):
        return [names.index(chosen)]
    if isinstance(chosen, slice) and not isinstance(chosen.start, str):
        return list(range(transformer.n_features_in_))[chosen]
    columns = np.atleast_1d(np.asarray(chosen, dtype=object)).tolist()
    if columns and all(isinstance(column, (bool, np.bool_)) for column in columns):
        return [place for place, taken in enumerate(columns) if taken]
    if all(isinstance(column, str) for column in columns):
        return [names.index(column) for column in columns]
    if all(isinstance(column, (int, np.integer)) for column in columns):
        return [int(column) % transformer.n_features_in_ for column in columns]
    raise ExportError(f"ColumnTransformer: the columns of '{name}' are not understood")


def read(flow, context):
    """Columns become numbers of the record."""
    if flow.is_single:
        raise ExportError(
            f"the column {flow.columns[0]} is given as one column of texts, and nothing makes "
            "features of it",
            "name it in a list",
        )
    if not flow.columns:
        raise ExportError("no column is left over", "keep some")
    if flow.columns[0].name is None:
        _read_x(flow)
        return
    names = checked([column.name for column in flow.columns])
    for name in names:
        context.use(name, is_text=False)
    keys = {"names": names}
    flow.steps, flow.width, flow.open = [{"fields": keys}], len(names), [keys]
    fills = [column.fill for column in flow.columns]
    flow.columns = None
    if all(fill is None for fill in fills):
        return
    if not all(isinstance(fill, (int, float)) for fill in fills):
        raise ExportError(
            "texts come to the model as they are", "put a OneHotEncoder or OrdinalEncoder before it"
        )
    flow.fill()
    context.missing.update(names)
    flow.add("imputer", {"statistics": [float(fill) for fill in fills]})


def _read_x(flow):
    """Numbers of "x", all or some of them."""
    places = [column.place for column in flow.columns]
    keys = {"n_features": flow.columns[0].total}
    flow.steps, flow.width, flow.open = [{"dense": keys}], keys["n_features"], [keys]
    flow.columns = None
    flow.select(places)


def text(flow, name, context):
    """The field that a vectorizer reads; None where it is the text of the record."""
    if not flow.is_single:
        raise ExportError(
            f"{name} gets {len(flow.columns)} columns as rows",
            "name its one column as a string, not in a list",
        )
    column = flow.columns[0].name
    if column is None:
        raise ExportError(
            f"{name} reads a column without a name",
            "fit it on a DataFrame, whose columns are fields of the records",
        )
    if column == TEXT:
        context.text_column = TEXT
        return None
    _check(column, RESERVED - {TEXT})
    context.use(column, is_text=True)
    return column


def text_field(name):
    """A column of texts, by its name in a record."""
    _check(name, RESERVED - {TEXT})
    return name


def checked(names):
    """The names of columns that are numbers."""
    for name in names:
        _check(name, RESERVED)
    if len(set(names)) != len(names):
        raise ExportError("a column is taken twice by one part", "name it once")
    return list(names)


def _check(name, reserved):
    if name in reserved or name == "":
        raise ExportError(
            f"the column '{name}' cannot be a field of a record, where the name means "
            "something else",
            "rename it and train again, or give the numbers as \"x\": fields=False (--no-fields)",
        )
    if len(name.encode("utf-8", "replace")) > NAME_BYTES_MAX or name.count(".") >= NAME_PARTS_MAX:
        raise ExportError(
            f"the column '{name[:40]}' has a name above {NAME_BYTES_MAX} bytes or "
            f"{NAME_PARTS_MAX} parts between dots",
            "rename it and train again, or give the numbers as \"x\": fields=False (--no-fields)",
        )


def say(context):
    """Where the columns of a table are in a record."""
    if context.text_column is not None:
        context.parts.note(f"the column '{context.text_column}' is the text of a record")
    if context.texts:
        shown = ", ".join(f"'{column}'" for column in context.texts)
        context.parts.note(
            f"texts are read from fields of the record by the names of columns: {shown}"
        )
