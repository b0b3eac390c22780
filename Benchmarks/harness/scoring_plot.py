"""The curves as one SVG: two panels with logarithmic axes, readable on light and on dark pages."""
import html
import math

WIDTH, HEIGHT = 960, 430
PANEL_WIDTH, PANEL_HEIGHT, LEFT, TOP, GAP = 370, 300, 70, 60, 110
# Told apart by shape as well as by colour.
SERIES = [("#2f6fb0", "circle"), ("#c2591b", "square"), ("#2e8b57", "triangle"),
          ("#8e4ea3", "diamond")]
INK, FAINT, PAPER = "#333", "#ddd", "#fff"


def draw(curves):
    """The text of the SVG; `curves` as scoring_curves gives them."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12" fill="{INK}" role="img" '
        'aria-label="Time of one input by length of text and by support vectors">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>']
    panels = [
        ("By the length of the text", "bytes of text", "bytes"),
        ("By the number of support vectors", "support vectors, 30 numbers each", "vectors")]
    for number, (title, axis, unit) in enumerate(panels):
        shown = [curve for curve in curves if curve["unit"] == unit]
        if shown:
            parts += _panel(LEFT + number * (PANEL_WIDTH + GAP), title, axis, shown)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(left, title, axis, curves):
    rows = [row for curve in curves for row in curve["rows"]]
    across = _Scale([row[0] for row in rows], left, left + PANEL_WIDTH)
    upward = _Scale([value for row in rows for value in row[2:4]], TOP + PANEL_HEIGHT, TOP)
    yield f'<text x="{left}" y="24" font-size="15" font-weight="bold">{html.escape(title)}</text>'
    yield f'<text x="{left}" y="44">microseconds an input, both axes logarithmic</text>'
    for value in across.ticks():
        x = across(value)
        yield (
            f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{TOP + PANEL_HEIGHT}" '
            f'stroke="{FAINT}"/><text x="{x:.1f}" y="{TOP + PANEL_HEIGHT + 17}" '
            f'text-anchor="middle">{_short(value)}</text>')
    for value in upward.ticks():
        y = upward(value)
        yield (
            f'<line x1="{left}" y1="{y:.1f}" x2="{left + PANEL_WIDTH}" y2="{y:.1f}" '
            f'stroke="{FAINT}"/><text x="{left - 7}" y="{y + 4:.1f}" '
            f'text-anchor="end">{_short(value)}</text>')
    yield (
        f'<text x="{left + PANEL_WIDTH / 2}" y="{TOP + PANEL_HEIGHT + 38}" '
        f'text-anchor="middle">{html.escape(axis)}</text>')
    for number, curve in enumerate(curves):
        yield from _series(curve, across, upward, *SERIES[number % len(SERIES)])
        yield from _key(
            left + 14, TOP + 18 + 18 * number, *SERIES[number % len(SERIES)],
            f"{curve['title']}, growth {curve['exponent']:.2f}")


def _series(curve, across, upward, colour, shape):
    points = [(across(row[0]), upward(row[1])) for row in curve["rows"]]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.8"/>'
    for (x, y), row in zip(points, curve["rows"]):
        # From the smallest to the largest of the rounds.
        yield (
            f'<line x1="{x:.1f}" y1="{upward(row[2]):.1f}" x2="{x:.1f}" y2="{upward(row[3]):.1f}" '
            f'stroke="{colour}"/>')
        yield _mark(x, y, colour, shape)


def _key(x, y, colour, shape, words):
    width = 7 * len(words) + 26
    yield f'<rect x="{x - 9}" y="{y - 9}" width="{width}" height="18" fill="{PAPER}"/>'
    yield _mark(x, y, colour, shape)
    yield f'<text x="{x + 11}" y="{y + 4}">{html.escape(words)}</text>'


def _mark(x, y, colour, shape):
    points = {
        "square": [(-4, -4), (4, -4), (4, 4), (-4, 4)],
        "triangle": [(0, -5), (5, 4), (-5, 4)],
        "diamond": [(0, -5.5), (5.5, 0), (0, 5.5), (-5.5, 0)]}
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
    corners = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in points[shape])
    return f'<polygon points="{corners}" fill="{colour}"/>'


class _Scale:
    """From a value to a place, by logarithms; the ends are powers of ten."""

    def __init__(self, values, start, end):
        self.low = math.floor(math.log10(min(values)))
        self.high = max(self.low + 1, math.ceil(math.log10(max(values))))
        self.start, self.end = start, end

    def __call__(self, value):
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)

    def ticks(self):
        return [10.0 ** power for power in range(self.low, self.high + 1)]


def _short(value):
    for bound, letter in ((1e6, "M"), (1e3, "k")):
        if value >= bound:
            return f"{value / bound:g}{letter}"
    return f"{value:g}"
