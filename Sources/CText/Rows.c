// Sums for several rows of weights.
#include "Counting.h"

/// How far memory is fetched ahead of the sum, in features; measured.
enum { FETCHED = 12 };

/// Brings what a feature weighs near.
INLINED void fetch(const double *weights, size_t rows) {
    __builtin_prefetch(weights);
    // The last number may lie in a line of its own.
    __builtin_prefetch(weights + rows - 1);
}

INLINED ctext_sums sum_rows(
    const uint32_t *restrict met, size_t count, int32_t *restrict cells,
    const double *restrict weights, const double *restrict idf, size_t rows, int is_l1,
    double *restrict dots
) {
    double norm = 0;
    for (size_t row = 0; row < rows; row++) dots[row] = 0;
    for (size_t position = 0; position < count; position++) {
        const size_t id = met[position];
        if (position + FETCHED < count) fetch(weights + met[position + FETCHED] * rows, rows);
        const double value = (cells[id] >> 1) * (idf ? idf[id] : 1);
        cells[id] = 0;
        norm += added(value, is_l1);
        for (size_t row = 0; row < rows; row++) dots[row] += value * weights[id * rows + row];
    }
    const ctext_sums sums = {0, norm};
    return sums;
}

/// The same with sums that stay in registers.
INLINED ctext_sums sum_few(
    const uint32_t *restrict met, size_t count, int32_t *restrict cells,
    const double *restrict weights, const double *restrict idf, size_t rows, int is_l1,
    double *restrict dots
) {
    double sums[8] = {0};
    double norm = 0;
    for (size_t position = 0; position < count; position++) {
        const size_t id = met[position];
        if (position + FETCHED < count) fetch(weights + met[position + FETCHED] * rows, rows);
        const double value = (cells[id] >> 1) * (idf ? idf[id] : 1);
        cells[id] = 0;
        norm += added(value, is_l1);
        for (size_t row = 0; row < rows; row++) sums[row] += value * weights[id * rows + row];
    }
    for (size_t row = 0; row < rows; row++) dots[row] = sums[row];
    const ctext_sums total = {0, norm};
    return total;
}

INLINED ctext_sums sum_rows_by(
    const uint32_t *met, size_t count, int32_t *cells, const double *weights, const double *idf,
    size_t rows, int is_l1, double *dots
) {
    switch (rows) {
    case 2: return sum_few(met, count, cells, weights, idf, 2, is_l1, dots);
    case 3: return sum_few(met, count, cells, weights, idf, 3, is_l1, dots);
    case 4: return sum_few(met, count, cells, weights, idf, 4, is_l1, dots);
    case 5: return sum_few(met, count, cells, weights, idf, 5, is_l1, dots);
    case 6: return sum_few(met, count, cells, weights, idf, 6, is_l1, dots);
    case 7: return sum_few(met, count, cells, weights, idf, 7, is_l1, dots);
    case 8: return sum_few(met, count, cells, weights, idf, 8, is_l1, dots);
    default: return sum_rows(met, count, cells, weights, idf, rows, is_l1, dots);
    }
}

#if defined(__x86_64__)
// Without FMA, so that every level rounds alike.
AVX2 static ctext_sums sum_rows_avx2(
    const uint32_t *met, size_t count, int32_t *cells, const double *weights, const double *idf,
    size_t rows, int is_l1, double *dots
) {
    return sum_rows_by(met, count, cells, weights, idf, rows, is_l1, dots);
}
#endif

ctext_sums ctext_sum_rows(
    int level, const uint32_t *met, size_t count, int32_t *cells, const double *weights,
    const double *idf, size_t rows, int is_l1, double *dots
) {
#if defined(__x86_64__)
    if (level > 0) {
        return sum_rows_avx2(met, count, cells, weights, idf, rows, is_l1, dots);
    }
#endif
    (void)level;
    return sum_rows_by(met, count, cells, weights, idf, rows, is_l1, dots);
}
