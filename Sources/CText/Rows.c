// Sums for several rows of weights.
#include "Counting.h"

/// How many features are looked up before the first of them is summed: their weights are on the way
/// by then. As many as the processor can wait for, and some more.
enum { CHUNK = 64 };

// Vectors never cross a call: every function that takes one is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

typedef double four __attribute__((vector_size(32)));

/// Where the rows of some features are, and brings them near.
INLINED void find_rows(
    const uint32_t *restrict met, size_t count, const ctext_rows *restrict rows, size_t few,
    const four **restrict at
) {
    const uint16_t *narrow = rows->places;
    const uint32_t *wide = rows->places;
    if (rows->are_places_narrow) {
        for (size_t place = 0; place < count; place++) {
            at[place] = (const four *)rows->weights + narrow[met[place]] * few;
            __builtin_prefetch(at[place]);
        }
    } else {
        for (size_t place = 0; place < count; place++) {
            at[place] = (const four *)rows->weights + wide[met[place]] * few;
            __builtin_prefetch(at[place]);
        }
    }
    if (few <= 2) return;
    for (size_t place = 0; place < count; place++) {
        for (size_t line = 2; line < few; line += 2) __builtin_prefetch(at[place] + line);
    }
}

/// Adds what one feature weighs to a sum of each row, and its share to the norm's.
INLINED void add_feature(
    size_t id, const four *restrict at, int32_t *restrict cells, const double *restrict idf,
    size_t few, int is_l1, four *restrict sums, double *restrict norm
) {
    const double value = (cells[id] >> 1) * (idf ? idf[id] : 1);
    cells[id] = 0;
    *norm += added(value, is_l1);
    const four values = {value, value, value, value};
    for (size_t part = 0; part < few; part++) sums[part] += values * at[part];
}

/// The sums of `few` times four rows, each twice: one alone would wait for itself. Where `few` is
/// a constant they stay in registers.
INLINED ctext_sums sum_rows(
    const uint32_t *restrict met, size_t count, int32_t *restrict cells,
    const ctext_rows *restrict rows, const double *restrict idf, size_t few, int is_l1,
    double *restrict dots
) {
    four even[CTEXT_ROWS_MAX / 4], odd[CTEXT_ROWS_MAX / 4];
    for (size_t part = 0; part < few; part++) even[part] = odd[part] = (four){0};
    double norms[2] = {0};
    const four *at[CHUNK];
    for (size_t start = 0; start < count; start += CHUNK) {
        const uint32_t *ids = met + start;
        const size_t here = count - start < CHUNK ? count - start : CHUNK;
        find_rows(ids, here, rows, few, at);
        size_t place = 0;
        for (; place + 2 <= here; place += 2) {
            add_feature(ids[place], at[place], cells, idf, few, is_l1, even, &norms[0]);
            add_feature(ids[place + 1], at[place + 1], cells, idf, few, is_l1, odd, &norms[1]);
        }
        if (place < here) {
            add_feature(ids[place], at[place], cells, idf, few, is_l1, even, &norms[0]);
        }
    }
    for (size_t row = 0; row < rows->count; row++) {
        dots[row] = even[row / 4][row % 4] + odd[row / 4][row % 4];
    }
    const ctext_sums total = {0, norms[0] + norms[1]};
    return total;
}

/// What hashed features need has loops of its own.
INLINED ctext_sums sum_rows_of(
    const uint32_t *met, size_t count, int32_t *cells, const ctext_rows *rows, const double *idf,
    size_t few, int is_l1, double *dots
) {
    return idf || is_l1 ? sum_rows(met, count, cells, rows, idf, few, is_l1, dots)
                        : sum_rows(met, count, cells, rows, 0, few, 0, dots);
}

INLINED ctext_sums sum_rows_by(
    const uint32_t *met, size_t count, int32_t *cells, const ctext_rows *rows, const double *idf,
    int is_l1, double *dots
) {
    const size_t few = (rows->count + 3) / 4;
    switch (few) {
    case 1: return sum_rows_of(met, count, cells, rows, idf, 1, is_l1, dots);
    case 2: return sum_rows_of(met, count, cells, rows, idf, 2, is_l1, dots);
    case 3: return sum_rows_of(met, count, cells, rows, idf, 3, is_l1, dots);
    default: return sum_rows_of(met, count, cells, rows, idf, few, is_l1, dots);
    }
}

#if defined(__x86_64__)
// Without FMA, so that every level rounds alike.
AVX2 static ctext_sums sum_rows_avx2(
    const uint32_t *met, size_t count, int32_t *cells, const ctext_rows *rows, const double *idf,
    int is_l1, double *dots
) {
    return sum_rows_by(met, count, cells, rows, idf, is_l1, dots);
}
#endif

ctext_sums ctext_sum_rows(
    int level, const uint32_t *met, size_t count, int32_t *cells, const ctext_rows *rows,
    const double *idf, int is_l1, double *dots
) {
#if defined(__x86_64__)
    if (level > 0) return sum_rows_avx2(met, count, cells, rows, idf, is_l1, dots);
#endif
    (void)level;
    return sum_rows_by(met, count, cells, rows, idf, is_l1, dots);
}
