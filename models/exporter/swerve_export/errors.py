"""The one error of the exporter, and the words for what scikit-learn calls things."""


class ExportError(Exception):
    """What cannot be exported, and what to do about it; one line."""

    def __init__(self, reason, remedy=""):
        self.reason = reason
        self.remedy = remedy
        line = f"{reason}; {remedy}" if remedy else reason
        super().__init__(" ".join(line.split()))


def refuse_option(thing, option, value, remedy):
    """An option that changes what is computed and has no counterpart."""
    shown = getattr(value, "__name__", None) or repr(value)
    raise ExportError(
        f"{type(thing).__name__}({option}={shown[:80]}) cannot be expressed", remedy
    )
