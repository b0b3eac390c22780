"""What the word analyzer takes for a token, as far as a bundle can say it."""

import re

from .errors import refuse_option

STOP_WORDS_MAX = 1 << 16
LENGTH_MAX = 1_000

# What Swerve reads: one class of characters, repeated; see TokenPattern.swift.
_ATOM = r"(?:\\[wWdDsS]|\[\^?(?:\\[wWdDsS]|\\[tnr]|\\[^A-Za-z0-9]|[^\\\[\]])+\])"
_COUNT = r"(?:\+|\*|\{\d{1,4}(?:,\d{0,4})?\})?"
_FORM = re.compile(
    r"(?:\(\?u\))?(?P<first>\\b)?(?P<group>\((?:\?:)?)?(?P<second>\\b)?"
    rf"(?P<atoms>(?:{_ATOM}{_COUNT})+)"
    r"(?P<third>\\b)?(?(group)\))(?P<fourth>\\b)?"
)
_PART = re.compile(f"(?P<atom>{_ATOM})(?P<count>{_COUNT})")

# One code point of each kind that classes tell apart beyond ASCII: neither, word, digit, space.
_PROBES = [chr(code) for code in range(128)] + ["\u2192", "\u00e9", "\u0663", "\u2003"]
_WORD = frozenset(probe for probe in _PROBES if re.match(r"\w", probe))

USUAL = (
    r"use the default, or another repetition of one class of characters, such as \w+, "
    r"(?u)\b\w{3,}\b, \S+, [a-zA-Z]+"
)


def pattern(vectorizer):
    """The pattern of a vectorizer's tokens; refuses what cannot be expressed."""
    if vectorizer.tokenizer is str.split:
        return r"\S+"
    if vectorizer.tokenizer is not None:
        refuse_option(
            vectorizer, "tokenizer", vectorizer.tokenizer,
            r"train with a token_pattern, such as \S+ for words between blanks",
        )
    text = vectorizer.token_pattern
    if isinstance(text, re.Pattern) and text.flags == re.UNICODE:
        text = text.pattern
    if not isinstance(text, str) or not _is_taken(text):
        refuse_option(vectorizer, "token_pattern", text, USUAL)
    return text


def _is_taken(text):
    form = _FORM.fullmatch(text)
    if form is None or len(text) > 256 or not text.isascii():
        return False
    classes, least, most = set(), 0, 0
    for part in _PART.finditer(form["atoms"]):
        # Python may read these as operations of sets one day.
        if part["atom"][0] == "[" and re.search(r"--|&&|~~|\|\|", part["atom"]):
            return False
        classes.add(frozenset(probe for probe in _PROBES if re.match(part["atom"], probe)))
        low, high = _times(part["count"])
        least += low
        most = None if most is None or high is None else most + high
    if len(classes) != 1 or not 1 <= least <= LENGTH_MAX:
        return False
    inside = classes.pop()
    begins, ends = form["first"] or form["second"], form["third"] or form["fourth"]
    if most is not None and not (begins and ends and inside <= _WORD and most >= least):
        return False
    return bool(inside)


def _times(count):
    if not count:
        return 1, 1
    if count in "+*":
        return (1 if count == "+" else 0), None
    low, comma, high = count[1:-1].partition(",")
    return int(low), int(high) if high else None if comma else int(low)


def stop_words(vectorizer):
    """The words that are left out, in order; None where there are none."""
    words = vectorizer.get_stop_words()
    if words is None:
        return None
    kept = []
    for word in words:
        try:
            if isinstance(word, str) and word and word.encode("utf-8"):
                kept.append(word)
        except UnicodeEncodeError:
            # No text has it.
            continue
    if len(kept) > STOP_WORDS_MAX:
        refuse_option(
            vectorizer, "stop_words", f"{len(kept)} words", f"use at most {STOP_WORDS_MAX}"
        )
    return sorted(kept) or None
