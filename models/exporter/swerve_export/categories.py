"""Categories: OneHotEncoder and OrdinalEncoder as a table of codes for each column."""

import numpy as np

from . import columns as table_columns
from .errors import ExportError, refuse_option
from .values import is_missing, is_number

# The reader's bounds.
CATEGORIES_MAX = 1 << 18
CATEGORY_BYTES_MAX = 4 << 10
# More stand in tensors, fewer in the manifest itself.
LISTED_MAX = 64


def one_hot(flow, encoder, context):
    if np.dtype(encoder.dtype).kind not in "fiu":
        refuse_option(encoder, "dtype", encoder.dtype, "train with dtype=numpy.float64")
    drops = encoder._drop_idx_after_grouping

    def codes(place):
        values = list(encoder.categories_[place])
        groups = _groups(encoder, place, len(values))
        drop = None if drops is None else drops[place]

        def feature(group):
            if drop is None:
                return int(group)
            return None if group == drop else int(group - (group > drop))

        unknown = "error"
        if encoder.handle_unknown != "error":
            infrequent = encoder._infrequent_indices[place] if _groups_any(encoder) else None
            unknown = (
                "ignore" if encoder.handle_unknown == "ignore" or infrequent is None
                else feature(groups[infrequent[0]])
            )
            unknown = "ignore" if unknown is None else unknown
        return [feature(group) for group in groups], unknown

    _encode(flow, encoder, "onehot", codes, context)


def ordinal(flow, encoder, context):
    if np.dtype(encoder.dtype).kind not in "fi":
        refuse_option(encoder, "dtype", encoder.dtype, "train with dtype=numpy.float64")

    def code(value, option):
        if is_missing(value):
            return None
        if float(value) != int(value):
            refuse_option(encoder, option, value, "use a whole number or numpy.nan")
        return int(value)

    def codes(place):
        values = list(encoder.categories_[place])
        result = [int(group) for group in _groups(encoder, place, len(values))]
        if place in encoder._missing_indices:
            result[encoder._missing_indices[place]] = code(
                encoder.encoded_missing_value, "encoded_missing_value"
            )
        unknown = "error"
        if encoder.handle_unknown == "use_encoded_value":
            unknown = code(encoder.unknown_value, "unknown_value")
            unknown = "nan" if unknown is None else unknown
        return result, unknown

    _encode(flow, encoder, "ordinal", codes, context)


def _groups_any(encoder):
    return bool(getattr(encoder, "_infrequent_enabled", False))


def _groups(encoder, place, count):
    """The number of each category, those of an infrequent group the same."""
    mapping = encoder._default_to_infrequent_mappings[place] if _groups_any(encoder) else None
    return list(range(count)) if mapping is None else [int(group) for group in mapping]


def _encode(flow, encoder, encoding, codes, context):
    """The step of an encoder: of fields where columns come in, of numbers behind other steps."""
    name = type(encoder).__name__
    count = len(flow.columns) if flow.is_raw and not flow.is_text else flow.width
    if flow.is_text or flow.is_single or count != len(encoder.categories_):
        raise ExportError(
            f"{name} was fitted on {len(encoder.categories_)} columns, and something else comes",
            "name its columns in a list",
        )
    total = sum(len(values) for values in encoder.categories_)
    if total > CATEGORIES_MAX:
        raise ExportError(
            f"{name} has {total} categories, the limit is {CATEGORIES_MAX}",
            "group rare ones with min_frequency or max_categories",
        )
    listed, widths, nones = [], [], set()
    for place, values in enumerate(encoder.categories_):
        found, unknown = codes(place)
        label = str(flow.columns[place]) if flow.is_raw else f"feature {place}"
        listed.append(_column(name, label, list(values), found, unknown, encoding, context))
        if any(category is None for category in values):
            nones.add(place)
        highest = [code for code in found + [unknown] if isinstance(code, int)]
        widths.append(max(highest, default=-1) + 1 if encoding == "onehot" else 1)
    if not sum(widths):
        raise ExportError(f"{name} drops every category", "train it with another drop")
    value = {"encoding": encoding, "columns": [keys for keys, _ in listed]}
    if flow.is_raw and flow.columns[0].name is not None:
        _encode_fields(flow, value, listed, nones, context)
    else:
        _encode_numbers(flow, name, value, listed, context)
    flow.width = sum(widths)


def _column(name, label, values, codes, unknown, encoding, context):
    """One of the columns of the step, and whether it is of texts."""
    missing = {place for place, value in enumerate(values) if is_missing(value)}
    if len({codes[place] for place in missing}) > 1:
        raise ExportError(
            f"{name} tells None and NaN apart in column {label}",
            "replace one by the other, in training and in the records",
        )
    known = [place for place in range(len(values)) if place not in missing]
    texts = [isinstance(values[place], str) for place in known]
    if any(texts) and not all(texts):
        raise ExportError(
            f"{name} has texts and numbers among the categories of column {label}",
            "make them all texts, or all numbers",
        )
    is_text = all(texts)
    shown = [_category(values[place], is_text, name, label) for place in known]
    found = [codes[place] for place in known]
    keys = {"unknown": unknown}
    if is_text and len(shown) > LISTED_MAX:
        terms = [text.encode() for text in shown]
        keys["categories"] = context.parts.add_strings("categories", terms, "terms")
        if missing:
            keys["categories"]["missing"] = True
    else:
        keys["categories"] = shown + ([None] if missing else [])
    found += [codes[place] for place in sorted(missing)[:1]]
    if found != list(range(len(found))):
        keys["codes"] = found
    return keys, is_text


def _category(value, is_text, name, label):
    if is_text:
        text = str(value)
        try:
            size = len(text.encode())
        except UnicodeEncodeError as error:
            raise ExportError(f"{name}: a category of column {label} is no Unicode text") from error
        if size > CATEGORY_BYTES_MAX:
            raise ExportError(
                f"{name}: a category of column {label} has {size} bytes, the limit is "
                f"{CATEGORY_BYTES_MAX}", "shorten it",
            )
        return text
    if not is_number(value) or float(value) != value:
        raise ExportError(
            f"{name}: the category {value!r} of column {label} is neither a text nor a number",
            "make them texts or numbers",
        )
    return float(value)


def _encode_fields(flow, value, listed, nones, context):
    for place, (column, (keys, is_text)) in enumerate(zip(flow.columns, listed)):
        name = table_columns.text_field(column.name) if is_text else (
            table_columns.checked([column.name])[0]
        )
        context.use(name, is_text)
        keys["field"] = name
        choices = choices_of(keys, context)
        has_missing = _has_missing(keys)
        if column.fill is not None and not has_missing:
            if isinstance(column.fill, str) != is_text:
                raise ExportError(
                    f"the column '{name}' is filled with {column.fill!r}, which is not of the type "
                    "of its categories", "impute texts and numbers apart",
                )
            keys["missing"] = column.fill
            has_missing = True
            if column.is_none:
                context.nones.add(name)
        if has_missing:
            context.missing.add(name)
            if place in nones:
                context.nones.add(name)
        else:
            context.parts.note(
                f"the column '{name}' had no missing values in training: a record without it is an "
                "error"
            )
        _tolerate(context, name, keys, "something else" if is_text else 0.125)
        context.choices.setdefault(name, choices)
    flow.steps, flow.columns, flow.open = [{"categories": value}], None, []
    flow.names = None


def _tolerate(context, name, keys, unknown):
    """Notes a value that is no category of a column, unless an encoder of it takes no such."""
    if keys["unknown"] == "error":
        context.unknowns[name] = None
    else:
        context.unknowns.setdefault(name, unknown)


def choices_of(keys, context):
    """A few of the categories, for inputs that are made."""
    categories = keys["categories"]
    if isinstance(categories, dict):
        offsets = context.parts.tensors[categories["offsets"]["tensor"]]
        blob = context.parts.tensors[categories["terms"]["tensor"]].tobytes()
        places = range(min(LISTED_MAX, len(offsets) - 1))
        return [blob[offsets[n] : offsets[n + 1]].decode() for n in places]
    return [value for value in categories if value is not None]


def _has_missing(keys):
    categories = keys["categories"]
    return categories.get("missing", False) if isinstance(categories, dict) else None in categories


def _encode_numbers(flow, name, value, listed, context):
    from .featurizers import numbers

    if flow.is_raw:
        for column, (keys, _) in zip(flow.columns, listed):
            _tolerate(context, column.place, keys, 0.125)
            context.choices.setdefault(column.place, choices_of(keys, context))
    numbers(flow, context)
    for keys, is_text in listed:
        if is_text and any(c is not None for c in choices_of(keys, context)):
            raise ExportError(
                f"{name} takes texts, and numbers come to it", "put it before what makes numbers"
            )
    if any(_has_missing(keys) for keys, _ in listed):
        flow.fill()
    flow.add("categories", value)
