"""DictVectorizer: numbers and texts of a record under their names."""

import numpy as np

from . import columns as table_columns
from .categories import LISTED_MAX
from .errors import ExportError, refuse_option
from .flow import Flow, union


def dicts(flow, vectorizer, context):
    """A DictVectorizer: numbers under their names, and texts as NAME=VALUE; absent ones are 0."""
    separator = vectorizer.separator
    if not separator:
        refuse_option(vectorizer, "separator", separator, "train with separator='='")
    context.separator = separator
    numbers, texts = {}, {}
    for index, feature in enumerate(vectorizer.feature_names_):
        name, found, value = str(feature).partition(separator)
        if separator in value:
            raise ExportError(
                f"DictVectorizer's feature '{str(feature)[:80]}' has '{separator}' more than once, "
                "so where its name ends is not known",
                "train with a separator that is in no name and in no text",
            )
        if found:
            texts.setdefault(name, []).append((value, index))
        else:
            numbers[name] = index
    both = sorted(set(numbers) & set(texts))
    if both:
        raise ExportError(
            f"DictVectorizer met texts and numbers under '{both[0]}'",
            "make them all texts, or all numbers, and train again",
        )
    flows, order = [], []
    if numbers:
        names = table_columns.checked(list(numbers))
        for name in names:
            context.use(name, is_text=False)
            context.missing.add(name)
        flows.append(Flow(steps=[{"fields": {"names": names, "missing": 0.0}}], width=len(names)))
        order += list(numbers.values())
    if texts:
        keys = []
        for name, values in texts.items():
            context.use(table_columns.text_field(name), is_text=True)
            context.missing.add(name)
            context.choices[name] = [value for value, _ in values][:LISTED_MAX]
            context.unknowns[name] = "something else"
            shown = [value for value, _ in values]
            if len(shown) > LISTED_MAX:
                terms = [value.encode() for value in shown]
                categories = context.parts.add_strings("categories", terms, "terms")
                categories["missing"] = True
            else:
                categories = shown + [None]
            keys.append({
                "field": name, "categories": categories, "unknown": "ignore",
                "codes": list(range(len(shown))) + [None],
            })
            order += [index for _, index in values]
        first = next(iter(texts))
        context.parts.note(
            f"features NAME{separator}VALUE are read as text VALUE of field NAME, such as "
            f"'{texts[first][0][0]}' of '{first}'"
        )
        flows.append(Flow(
            steps=[{"categories": {"encoding": "onehot", "columns": keys}}],
            width=sum(len(values) for values in texts.values()),
        ))
    joined = union(flows, "DictVectorizer")
    flow.__dict__.update(joined.__dict__)
    places = np.argsort(order)
    flow.select(places)
