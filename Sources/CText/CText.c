#include "CText.h"

#include <math.h>
#include <string.h>

#define INLINED static inline __attribute__((always_inline))

/// How far ahead memory is fetched, in n-grams; measured.
enum { AHEAD = 20 };

// Why plain C for every level: the compiler vectorises these loops for the target of the function
// that they are inlined into.

INLINED uint32_t scrambled(uint32_t block) {
    block *= 0xCC9E2D51u;
    block = block << 15 | block >> 17;
    return block * 0x1B873593u;
}

INLINED uint32_t finalized(uint32_t hash) {
    hash ^= hash >> 16;
    hash *= 0x85EBCA6Bu;
    hash ^= hash >> 13;
    hash *= 0xC2B2AE35u;
    return hash ^ hash >> 16;
}

INLINED uint32_t murmur(const uint8_t *bytes, size_t count) {
    uint32_t hash = 0;
    size_t position = 0;
    for (; position + 4 <= count; position += 4) {
        const uint32_t block = bytes[position] | (uint32_t)bytes[position + 1] << 8
            | (uint32_t)bytes[position + 2] << 16 | (uint32_t)bytes[position + 3] << 24;
        hash ^= scrambled(block);
        hash = (hash << 13 | hash >> 19) * 5 + 0xE6546B64u;
    }
    uint32_t tail = 0;
    for (uint32_t shift = 0; position < count; position++, shift += 8) {
        tail |= (uint32_t)bytes[position] << shift;
    }
    return finalized(hash ^ scrambled(tail) ^ (uint32_t)count);
}

/// The hash of the window of `length` bytes; for up to 3 bytes there is one block.
INLINED uint32_t window(const uint8_t *bytes, size_t length) {
    uint32_t key = bytes[0];
    switch (length) {
    case 1: break;
    case 2: key |= (uint32_t)bytes[1] << 8; break;
    case 3: key |= (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16; break;
    default: return murmur(bytes, length);
    }
    return finalized(scrambled(key) ^ (uint32_t)length);
}

INLINED void hash_windows(
    const uint8_t *text, size_t windows, size_t length, uint32_t features, int alternate,
    int is_power, uint32_t *slots, int32_t *steps
) {
    for (size_t position = 0; position < windows; position++) {
        const uint32_t hash = window(text + position, length);
        const int32_t sign = (int32_t)hash >> 31;
        // As unsigned it also holds the magnitude of -2^31.
        const uint32_t magnitude = (hash ^ (uint32_t)sign) - (uint32_t)sign;
        slots[position] = is_power ? magnitude & (features - 1) : magnitude % features;
        steps[position] = alternate ? sign | 1 : 1;
    }
}

INLINED void hash_length(
    const uint8_t *text, size_t windows, size_t length, uint32_t features, int alternate,
    uint32_t *slots, int32_t *steps
) {
    const int is_power = (features & (features - 1)) == 0;
#define WITH(LENGTH, POWER) \
    hash_windows(text, windows, LENGTH, features, alternate, POWER, slots, steps)
    switch (length * 2 + (size_t)is_power) {
    case 2: WITH(1, 0); break;
    case 3: WITH(1, 1); break;
    case 4: WITH(2, 0); break;
    case 5: WITH(2, 1); break;
    case 6: WITH(3, 0); break;
    case 7: WITH(3, 1); break;
    default: WITH(length, is_power);
    }
#undef WITH
}

INLINED size_t hash_all(
    const uint8_t *text, size_t count, size_t places, size_t shortest, size_t longest,
    uint32_t features, int alternate, uint32_t *slots, int32_t *steps
) {
    size_t ngrams = 0;
    for (size_t length = shortest; length <= longest && length <= count; length++) {
        const size_t all = count - length + 1;
        const size_t windows = all < places ? all : places;
        hash_length(
            text, windows, length, features, alternate, slots + ngrams, steps + ngrams);
        ngrams += windows;
    }
    return ngrams;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static size_t hash_avx2(
    const uint8_t *text, size_t count, size_t places, size_t shortest, size_t longest,
    uint32_t features, int alternate, uint32_t *slots, int32_t *steps
) {
    return hash_all(
        text, count, places, shortest, longest, features, alternate, slots, steps);
}
#endif

int ctext_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") ? 1 : 0;
#else
    return 0;
#endif
}

size_t ctext_hash(
    int level, const uint8_t *text, size_t count, size_t places, size_t shortest, size_t longest,
    uint32_t features, int alternate, uint32_t *slots, int32_t *steps
) {
#if defined(__x86_64__)
    if (level > 0) {
        return hash_avx2(
            text, count, places, shortest, longest, features, alternate, slots, steps);
    }
#endif
    (void)level;
    return hash_all(
        text, count, places, shortest, longest, features, alternate, slots, steps);
}

/// Adds a step to a cell, and notes the cell the first time.
///
/// Without branches: whether an n-gram was met before is a coin toss for the processor.
INLINED size_t step(
    uint32_t slot, int32_t by, int32_t *restrict cells, uint32_t *restrict met, size_t count
) {
    const int32_t old = cells[slot];
    cells[slot] = (old | 1) + 2 * by;
    met[count] = slot;
    return count + (size_t)(~old & 1);
}

size_t ctext_count(
    const uint32_t *restrict slots, const int32_t *restrict steps, size_t ngrams, size_t near,
    int32_t *restrict cells, const double *restrict weights, uint32_t *restrict met, size_t count
) {
    size_t position = 0;
    for (; position < near; position++) {
        count = step(slots[position], steps[position], cells, met, count);
    }
    for (; position + AHEAD + 4 <= ngrams; position += 4) {
        for (size_t each = position; each < position + 4; each++) {
            const uint32_t next = slots[each + AHEAD];
            __builtin_prefetch(cells + next);
            __builtin_prefetch(weights + next);
        }
        for (size_t each = position; each < position + 4; each++) {
            count = step(slots[each], steps[each], cells, met, count);
        }
    }
    for (; position < ngrams; position++) {
        count = step(slots[position], steps[position], cells, met, count);
    }
    return count;
}

/// What `count` adds to the norm: its square, or its magnitude.
INLINED double added(double count, int is_l1) {
    return is_l1 ? fabs(count) : count * count;
}

/// Several sums, because one would wait for itself.
enum { LANES = 4 };

INLINED ctext_sums total(const double *dots, const double *norms) {
    const ctext_sums sums = {
        (dots[0] + dots[1]) + (dots[2] + dots[3]),
        (norms[0] + norms[1]) + (norms[2] + norms[3]),
    };
    return sums;
}

INLINED ctext_sums sum(
    const uint32_t *restrict met, size_t count, int32_t *restrict cells,
    const double *restrict weights, int is_l1
) {
    double dots[LANES] = {0};
    double norms[LANES] = {0};
    size_t position = 0;
    for (; position + LANES <= count; position += LANES) {
        for (size_t lane = 0; lane < LANES; lane++) {
            const uint32_t slot = met[position + lane];
            const double value = cells[slot] >> 1;
            cells[slot] = 0;
            norms[lane] += added(value, is_l1);
            dots[lane] += value * weights[slot];
        }
    }
    for (; position < count; position++) {
        const uint32_t slot = met[position];
        const double value = cells[slot] >> 1;
        cells[slot] = 0;
        norms[0] += added(value, is_l1);
        dots[0] += value * weights[slot];
    }
    return total(dots, norms);
}

ctext_sums ctext_sum(
    const uint32_t *met, size_t count, int32_t *cells, const double *weights, int is_l1
) {
    return is_l1 ? sum(met, count, cells, weights, 1) : sum(met, count, cells, weights, 0);
}

INLINED size_t find(
    const ctext_terms *terms, const uint8_t *text, size_t count, size_t places, uint32_t nothing,
    uint32_t *ids, int is_narrow
) {
    if (count == 0) return 0;
    if (places > count) places = count;
    const uint16_t *classes = terms->classes;
    const uint32_t alphabet = terms->alphabet;
    const uint32_t *singles = terms->singles;
    const uint32_t *pairs = terms->pairs;
    const uint16_t *narrow = terms->rows;
    const uint32_t *wide = terms->rows;
    uint32_t first = classes[text[0]];
    uint32_t second = count > 1 ? classes[text[1]] : 0;
    size_t position = 0;
    for (; position < places && position + 2 < count; position++) {
        const uint32_t third = classes[text[position + 2]];
        const uint32_t *pair = pairs + 2 * (size_t)(first * alphabet + second);
        ids[3 * position] = singles[first];
        ids[3 * position + 1] = pair[0];
        ids[3 * position + 2] = is_narrow ? narrow[pair[1] + third] : wide[pair[1] + third];
        first = second;
        second = third;
    }
    for (; position < places; position++) {
        ids[3 * position] = singles[first];
        ids[3 * position + 1]
            = position + 1 < count ? pairs[2 * (size_t)(first * alphabet + second)] : nothing;
        ids[3 * position + 2] = nothing;
        first = second;
    }
    return 3 * places;
}

size_t ctext_find(
    const ctext_terms *terms, const uint8_t *text, size_t count, size_t places, uint32_t nothing,
    uint32_t *ids
) {
    return terms->are_rows_narrow ? find(terms, text, count, places, nothing, ids, 1)
                                  : find(terms, text, count, places, nothing, ids, 0);
}

size_t ctext_term_count(
    const uint32_t *restrict ids, size_t ngrams, int32_t *restrict cells,
    uint32_t *restrict met, size_t count
) {
    for (size_t position = 0; position < ngrams; position++) {
        count = step(ids[position], 1, cells, met, count);
    }
    return count;
}

INLINED ctext_sums term_sum(
    const uint32_t *restrict met, size_t count, int32_t *restrict cells,
    const double *restrict weights, const double *restrict idf, int is_l1
) {
    double dots[LANES] = {0};
    double norms[LANES] = {0};
    for (size_t position = 0; position < count; position++) {
        const size_t id = met[position];
        const size_t lane = position % LANES;
        const double value = (cells[id] >> 1) * (idf ? idf[id] : 1);
        cells[id] = 0;
        dots[lane] += value * weights[id];
        norms[lane] += added(value, is_l1);
    }
    return total(dots, norms);
}

ctext_sums ctext_term_sum(
    const uint32_t *met, size_t count, int32_t *cells, const double *weights, const double *idf,
    int is_l1
) {
    return is_l1 ? term_sum(met, count, cells, weights, idf, 1)
                 : term_sum(met, count, cells, weights, idf, 0);
}

void ctext_sublinear(double *values, size_t count) {
    for (size_t position = 0; position < count; position++) {
        values[position] = 1 + log(values[position]);
    }
}
