// Sums for several rows of weights.
#include "Counting.h"

/// How many features are looked up before the first of them is summed: their weights are on the way
/// by then. As many as the processor can wait for, and some more.
enum { CHUNK = 64 };

// Vectors never cross a call: every function that takes one is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

typedef double four __attribute__((vector_size(32)));

/// Which of the packed rows is a feature's: 0, which weighs nothing, for those that weigh nothing.
INLINED size_t packed(const uint64_t *ranks, size_t id) {
    const uint64_t *rank = ranks + id / 64 * 2;
    const uint64_t bit = (uint64_t)1 << id % 64;
    const size_t place = (size_t)rank[1] + (size_t)__builtin_popcountll(rank[0] & (bit - 1)) + 1;
    return rank[0] & bit ? place : 0;
}

/// The sums of `few` times four rows, each twice: one alone would wait for itself.
INLINED ctext_sums sum_rows(
    const uint32_t *restrict met, size_t count, int32_t *restrict cells,
    const ctext_rows *restrict rows, const double *restrict idf, size_t few, int is_l1,
    double *restrict dots
) {
    four sums[2][CTEXT_ROWS_MAX / 4] = {{{0}}};
    double norms[2] = {0};
    const four *at[CHUNK];
    for (size_t start = 0; start < count; start += CHUNK) {
        const size_t here = count - start < CHUNK ? count - start : CHUNK;
        for (size_t place = 0; place < here; place++) {
            at[place]
                = (const four *)(rows->weights + packed(rows->ranks, met[start + place]) * few * 4);
            __builtin_prefetch(at[place]);
            for (size_t line = 2; line < few; line += 2) __builtin_prefetch(at[place] + line);
        }
        for (size_t place = 0; place < here; place++) {
            const size_t id = met[start + place], lane = place & 1;
            const double value = (cells[id] >> 1) * (idf ? idf[id] : 1);
            cells[id] = 0;
            norms[lane] += added(value, is_l1);
            const four values = {value, value, value, value};
            for (size_t part = 0; part < few; part++) sums[lane][part] += values * at[place][part];
        }
    }
    for (size_t row = 0; row < rows->count; row++) {
        dots[row] = sums[0][row / 4][row % 4] + sums[1][row / 4][row % 4];
    }
    const ctext_sums total = {0, norms[0] + norms[1]};
    return total;
}

INLINED ctext_sums sum_rows_by(
    const uint32_t *met, size_t count, int32_t *cells, const ctext_rows *rows, const double *idf,
    int is_l1, double *dots
) {
    switch ((rows->count + 3) / 4) {
    case 1: return sum_rows(met, count, cells, rows, idf, 1, is_l1, dots);
    case 2: return sum_rows(met, count, cells, rows, idf, 2, is_l1, dots);
    case 3: return sum_rows(met, count, cells, rows, idf, 3, is_l1, dots);
    default: return sum_rows(met, count, cells, rows, idf, (rows->count + 3) / 4, is_l1, dots);
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
