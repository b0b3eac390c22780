// N-grams looked up in a vocabulary, and counted.
#include "Counting.h"

/// How far looking up is ahead of counting, in places of a text; measured.
enum { TERMS_AHEAD = 1 * GROUP };

/// The terms that begin at the places from `begin` to `end`, behind each of which the text has two
/// bytes more.
INLINED void find_whole(
    const ctext_terms *terms, const uint8_t *restrict text, size_t begin, size_t end,
    uint32_t *restrict ids, int is_narrow
) {
    const uint16_t *classes = terms->classes;
    const uint32_t *pairs = terms->pairs;
    const uint16_t *narrow = terms->rows;
    const uint32_t *wide = terms->rows;
    uint32_t first = classes[text[begin]];
    uint32_t second = classes[text[begin + 1]];
    for (size_t position = begin; position < end; position++) {
        const uint32_t third = classes[text[position + 2]];
        const uint32_t *pair = pairs + 2 * (size_t)(first * terms->alphabet + second);
        ids[3 * position] = terms->singles[first];
        ids[3 * position + 1] = pair[0];
        ids[3 * position + 2] = is_narrow ? narrow[pair[1] + third] : wide[pair[1] + third];
        first = second;
        second = third;
    }
}

/// The same at the end of the text, where longer terms do not fit.
INLINED void find_last(
    const ctext_terms *terms, const uint8_t *text, size_t begin, size_t end, size_t count,
    uint32_t nothing, uint32_t *ids
) {
    const uint16_t *classes = terms->classes;
    for (size_t position = begin; position < end; position++) {
        const uint32_t first = classes[text[position]];
        ids[3 * position] = terms->singles[first];
        ids[3 * position + 1] = nothing;
        ids[3 * position + 2] = nothing;
        if (position + 1 == count) continue;
        const uint32_t second = classes[text[position + 1]];
        ids[3 * position + 1] = terms->pairs[2 * (size_t)(first * terms->alphabet + second)];
    }
}

/// How many of `places` have two bytes more behind them.
INLINED size_t whole_places(size_t count, size_t places) {
    const size_t whole = count < 2 ? 0 : count - 2;
    return whole < places ? whole : places;
}

INLINED size_t find(
    const ctext_terms *terms, const uint8_t *text, size_t count, size_t places, uint32_t nothing,
    uint32_t *ids, int is_narrow
) {
    if (places > count) places = count;
    const size_t whole = whole_places(count, places);
    if (whole > 0) find_whole(terms, text, 0, whole, ids, is_narrow);
    find_last(terms, text, whole, places, count, nothing, ids);
    return 3 * places;
}

size_t ctext_find(
    const ctext_terms *terms, const uint8_t *text, size_t count, size_t places, uint32_t nothing,
    uint32_t *ids
) {
    return terms->are_rows_narrow ? find(terms, text, count, places, nothing, ids, 1)
                                  : find(terms, text, count, places, nothing, ids, 0);
}

/// Finds terms and counts them, a group of places at a time, as `count_windows` does.
INLINED size_t count_terms(
    const ctext_terms *terms, const uint8_t *text, size_t count, size_t places, uint32_t nothing,
    uint32_t *ids, int32_t *before, int32_t *cells, int is_narrow
) {
    if (places > count) places = count;
    const size_t whole = whole_places(count, places);
    size_t found = 0, counted = 0;
    for (; found + GROUP <= whole; found += GROUP) {
        find_whole(terms, text, found, found + GROUP, ids, is_narrow);
        if (found < TERMS_AHEAD) continue;
        add_ones(ids + 3 * counted, before + 3 * counted, 3 * GROUP, cells);
        counted += GROUP;
    }
    if (found < whole) find_whole(terms, text, found, whole, ids, is_narrow);
    find_last(terms, text, whole, places, count, nothing, ids);
    add_ones(ids + 3 * counted, before + 3 * counted, 3 * (places - counted), cells);
    return 3 * places;
}

INLINED size_t count_terms_by(
    const ctext_terms *terms, const uint8_t *text, size_t count, size_t places, uint32_t nothing,
    uint32_t *ids, int32_t *before, int32_t *cells
) {
    return terms->are_rows_narrow
        ? count_terms(terms, text, count, places, nothing, ids, before, cells, 1)
        : count_terms(terms, text, count, places, nothing, ids, before, cells, 0);
}

#if defined(__x86_64__)
AVX2 static size_t term_count_avx2(
    const ctext_terms *terms, const uint8_t *text, size_t count, size_t places, uint32_t nothing,
    uint32_t *ids, int32_t *before, int32_t *cells, uint32_t *met, size_t met_count
) {
    const size_t ngrams
        = count_terms_by(terms, text, count, places, nothing, ids, before, cells);
    return note_avx2(ids, before, ngrams, met, met_count);
}
#endif

size_t ctext_term_count(
    int level, const ctext_terms *terms, const uint8_t *text, size_t count, size_t places,
    uint32_t nothing, uint32_t *ids, int32_t *before, int32_t *cells, uint32_t *met,
    size_t met_count
) {
#if defined(__x86_64__)
    if (level > 0) {
        return term_count_avx2(
            terms, text, count, places, nothing, ids, before, cells, met, met_count);
    }
#endif
    (void)level;
    const size_t ngrams
        = count_terms_by(terms, text, count, places, nothing, ids, before, cells);
    return note(ids, before, ngrams, met, met_count);
}

INLINED ctext_sums term_sum(
    const uint32_t *restrict met, size_t count, int32_t *restrict cells,
    const double *restrict weights, const double *restrict idf, int is_l1
) {
    double dots[LANES] = {0};
    double norms[LANES] = {0};
#define ADD(LANE) \
    do { \
        const size_t id = met[position + (LANE)]; \
        const double value = (cells[id] >> 1) * (idf ? idf[id] : 1); \
        cells[id] = 0; \
        dots[LANE] += value * weights[id]; \
        norms[LANE] += added(value, is_l1); \
    } while (0)
    size_t position = 0;
    for (; position + LANES <= count; position += LANES) {
        for (size_t lane = 0; lane < LANES; lane++) ADD(lane);
    }
    const size_t left = count - position;
    if (left > 0) ADD(0);
    if (left > 1) ADD(1);
    if (left > 2) ADD(2);
#undef ADD
    return total(dots, norms);
}

INLINED ctext_sums term_sum_by(
    const uint32_t *met, size_t count, int32_t *cells, const double *weights, const double *idf,
    int is_l1
) {
    if (is_l1) return term_sum(met, count, cells, weights, idf, 1);
    return idf ? term_sum(met, count, cells, weights, idf, 0)
               : term_sum(met, count, cells, weights, 0, 0);
}

#if defined(__x86_64__)
AVX2 static ctext_sums term_sum_avx2(
    const uint32_t *met, size_t count, int32_t *cells, const double *weights, const double *idf,
    int is_l1
) {
    return term_sum_by(met, count, cells, weights, idf, is_l1);
}
#endif

ctext_sums ctext_term_sum(
    int level, const uint32_t *met, size_t count, int32_t *cells, const double *weights,
    const double *idf, int is_l1
) {
#if defined(__x86_64__)
    if (level > 0) return term_sum_avx2(met, count, cells, weights, idf, is_l1);
#endif
    (void)level;
    return term_sum_by(met, count, cells, weights, idf, is_l1);
}

void ctext_sublinear(double *values, size_t count) {
    for (size_t position = 0; position < count; position++) {
        values[position] = 1 + log(values[position]);
    }
}
