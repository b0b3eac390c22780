// What is counted, and how: the same for n-grams that are hashed and for those that are looked up.
#ifndef SWERVE_CTEXT_COUNTING_H
#define SWERVE_CTEXT_COUNTING_H

#include "CText.h"

#include <math.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINED static inline __attribute__((always_inline))

/// What is worked on at once: as many 32-bit numbers as a vector of AVX2 has.
enum { GROUP = 8 };

/// How far the n-grams go that begin at a place.
INLINED size_t longest_at(size_t place, size_t count, size_t longest) {
    const size_t left = count - place;
    return left < longest ? left : longest;
}

/// Adds steps to cells, and leaves in each step's place what its cell was before.
///
/// Why not note the cells met in the same loop: where that writes to depends on the cells read so
/// far, and the processor then reads no cell ahead of it. So it waits for no cell, near or far. The
/// sum will need the weights: where other threads fill the caches, it is a tenth faster for having
/// them near.
INLINED void add_steps(
    const uint32_t *restrict slots, int32_t *restrict steps, size_t windows,
    int32_t *restrict cells, const double *weights
) {
    for (size_t position = 0; position < windows; position++) {
        const uint32_t slot = slots[position];
        const int32_t by = 2 * steps[position];
        const int32_t old = cells[slot];
        steps[position] = old;
        cells[slot] = (old | 1) + by;
        if (weights) __builtin_prefetch(weights + slot);
    }
}

/// Adds 1 to the cells of terms, as above.
INLINED void add_ones(
    const uint32_t *restrict ids, int32_t *restrict before, size_t terms, int32_t *restrict cells
) {
    for (size_t position = 0; position < terms; position++) {
        const int32_t old = cells[ids[position]];
        before[position] = old;
        cells[ids[position]] = (old | 1) + 2;
    }
}

/// Adds the slots whose cells were empty before to the `count` there are in `met`.
///
/// Without branches: whether an n-gram was met before is a coin toss for the processor.
INLINED size_t note(
    const uint32_t *restrict slots, const int32_t *restrict before, size_t ngrams,
    uint32_t *restrict met, size_t count
) {
    for (size_t position = 0; position < ngrams; position++) {
        met[count] = slots[position];
        count += (size_t)(~before[position] & 1);
    }
    return count;
}

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2,popcnt")))

// The places of a byte's bits that are set, one a byte from the lowest on: how a vector's lanes are
// moved together.
#define PUT(SET, BIT, REST) \
    ((uint64_t)(REST) << 8 * ((SET) >> (BIT) & 1) | (uint64_t)((SET) >> (BIT) & 1) * (BIT))
#define PLACES(SET) \
    PUT(SET, 0, PUT(SET, 1, PUT(SET, 2, PUT(SET, 3, PUT(SET, 4, PUT(SET, 5, PUT(SET, 6, \
        PUT(SET, 7, 0))))))))
#define PLACES_4(SET) PLACES(SET), PLACES(SET + 1), PLACES(SET + 2), PLACES(SET + 3)
#define PLACES_16(SET) \
    PLACES_4(SET), PLACES_4(SET + 4), PLACES_4(SET + 8), PLACES_4(SET + 12)
#define PLACES_64(SET) \
    PLACES_16(SET), PLACES_16(SET + 16), PLACES_16(SET + 32), PLACES_16(SET + 48)
static const uint64_t places_of[256] = {
    PLACES_64(0), PLACES_64(64), PLACES_64(128), PLACES_64(192),
};

/// The same as `note`, a vector at a time.
AVX2 static inline size_t note_avx2(
    const uint32_t *restrict slots, const int32_t *restrict before, size_t ngrams,
    uint32_t *restrict met, size_t count
) {
    size_t position = 0;
    for (; position + GROUP <= ngrams; position += GROUP) {
        const __m256i old = _mm256_loadu_si256((const __m256i *)(before + position));
        const __m256 lowest = _mm256_castsi256_ps(_mm256_slli_epi32(old, 31));
        const unsigned new = ~(unsigned)_mm256_movemask_ps(lowest) & 0xFF;
        const __m256i order
            = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)&places_of[new]));
        const __m256i here = _mm256_loadu_si256((const __m256i *)(slots + position));
        _mm256_storeu_si256(
            (__m256i *)(met + count), _mm256_permutevar8x32_epi32(here, order));
        count += (size_t)__builtin_popcount(new);
    }
    return note(slots + position, before + position, ngrams - position, met, count);
}
#endif

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

#endif
