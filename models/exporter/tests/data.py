"""Small data that is made, not kept: the same in every run."""

import numpy as np

WORDS = (
    "GET POST /index /shop/item ?q= &page= select union -- <script> alert(1) ../ etc passwd "
    "name= id=17 Ünï Straße ΟΔΟΣ café 日本 \t \r\n  %20 %3C + ; | ' \" admin login"
).split(" ")


def texts(count, seed=1):
    rng = np.random.default_rng(seed)
    made = ["".join(rng.choice(WORDS, size=rng.integers(1, 14))) for _ in range(count)]
    return made + ["", " ", "a", "É", "  two  spaces  ", "x" * 300]


def text_labels(texts):
    return np.array([int("script" in t or "union" in t or ".." in t or "'" in t) for t in texts])


def numbers(count=120, width=6, classes=2, seed=2):
    """Rows with a pattern, and their classes."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, width)) * [1, 10, 0.1, 3, 100, 1e-3][:width]
    rows[:, 1] += 50
    signal = rows[:, 0] + np.sin(rows[:, 3]) + rows[:, 4] / 100 + 0.3 * rng.normal(size=count)
    edges = np.quantile(signal, np.linspace(0, 1, classes + 1)[1:-1])
    return rows, np.digitize(signal, edges), signal


def held_out(width=6, seed=3):
    rows, _, _ = numbers(60, width, seed=seed)
    rows[0] = 0
    rows[1] = 1e6
    rows[2] = -1e-300
    return rows
