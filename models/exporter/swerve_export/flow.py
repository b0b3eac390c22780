"""What goes from one transformer to the next: columns as they come in, or features by steps."""

import copy

from .errors import ExportError


class Column:
    """One column that comes in: a field of the record by its name, or a place of "x".

    `fill` is what a missing value counts as: an imputer's choice for a column of texts.
    """

    def __init__(self, name=None, place=None, total=None, fill=None):
        self.name = name
        self.place = place
        # How many numbers "x" has.
        self.total = total
        self.fill = fill
        self.is_none = False

    def __str__(self):
        return f"'{self.name}'" if self.name is not None else f"x[{self.place}]"


class Context:
    """What all parts of one featurizer have in common, and what they read of a record."""

    def __init__(self, analyzer, parts):
        self.analyzer = analyzer
        self.parts = parts
        # Columns of a table that are read as numbers and as texts, and the record's own text.
        self.numbers = []
        self.texts = []
        self.text_column = None
        # Values for inputs that are made, and columns that may be missing.
        self.choices = {}
        # For columns of categories a value that is none; None where an encoder takes no such.
        self.unknowns = {}
        # Of a DictVectorizer: what stands between a name and its text.
        self.separator = None
        self.missing = set()
        # Those where a missing value is None, and not NaN.
        self.nones = set()

    def use(self, name, is_text):
        known, other = (
            (self.texts, self.numbers) if is_text else (self.numbers, self.texts)
        )
        if name in other:
            raise ExportError(
                f"the column '{name}' is read as a text and as a number",
                "make two columns of it, and train again",
            )
        if name not in known:
            known.append(name)


class Flow:
    """Columns that nothing has been done to, or features, which `steps` of a spec make.

    `open` are the steps that read numbers which may still be missing here: an imputer says so in
    them.
    """

    def __init__(self, columns=None, steps=None, width=None, is_text=False, is_single=False):
        self.columns = columns
        self.steps = steps
        self.width = width
        # A text as it comes in, or a column that was named as a string and not in a list.
        self.is_text = is_text
        self.is_single = is_single
        self.open = []
        self.names = None

    @property
    def is_raw(self):
        return self.steps is None

    def copied(self):
        """The same, which may go on another way."""
        other = copy.copy(self)
        other.columns = None if self.columns is None else [copy.copy(c) for c in self.columns]
        # Together, so that `open` means the copied steps.
        other.steps, other.open = copy.deepcopy((self.steps, self.open))
        return other

    def add(self, name, value, width=None, passes_missing=False):
        self.steps.append({name: value})
        self.width = self.width if width is None else width
        self.names = None
        if not passes_missing:
            self.open = []

    def fill(self):
        """What is missing here gets a value: the steps that read it let it through."""
        for step in self.open:
            step["missing"] = "nan"
        self.open = []

    def select(self, places):
        """These features alone, in this order."""
        places = [int(place) for place in places]
        if self.is_raw:
            self.columns = [self.columns[place] for place in places]
            return
        if places == list(range(self.width)):
            return
        if not places:
            raise ExportError("a selection leaves no feature over", "train it to keep some")
        if len(set(places)) != len(places):
            raise ExportError("a column is taken twice by one part", "name it once")
        self.add(
            "select", {"n_features": int(self.width), "indices": places}, len(places),
            passes_missing=True,
        )


def union(flows, what):
    """Several flows side by side."""
    if not flows:
        raise ExportError(f"{what} has no parts")
    if len(flows) == 1:
        return flows[0]
    if len(flows) > 32:
        raise ExportError(f"{what} has {len(flows)} parts, more than 32", "put parts together")
    joined = Flow(
        steps=[{"union": [{"steps": flow.steps} for flow in flows]}],
        width=sum(flow.width for flow in flows),
    )
    joined.open = [step for flow in flows for step in flow.open]
    return joined
