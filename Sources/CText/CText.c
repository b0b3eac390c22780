// N-grams hashed, and counted.
#include "Murmur.h"

/// How far hashing is ahead of counting, in windows; measured.
enum { AHEAD = 4 * GROUP };

typedef int32_t signed_lanes __attribute__((vector_size(4 * GROUP)));
typedef uint8_t lane_bytes __attribute__((vector_size(GROUP)));

INLINED uint32_t murmur(const uint8_t *bytes, size_t count) {
    uint32_t hash = 0;
    size_t position = 0;
    for (; position + 4 <= count; position += 4) hash = mixed(hash, block_at(bytes + position));
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

/// How windows are hashed: constants where this is inlined, but for `features` and `signs`.
struct hashing {
    size_t length;
    uint32_t features;
    int is_power;
    /// All ones where the sign counts, else 0.
    int32_t signs;
};

INLINED void hash_windows(
    const uint8_t *restrict text, size_t windows, struct hashing how, uint32_t *restrict slots,
    int32_t *restrict steps
) {
    for (size_t position = 0; position < windows; position++) {
        const uint32_t hash = window(text + position, how.length);
        const int32_t sign = (int32_t)hash >> 31;
        // As unsigned it also holds the magnitude of -2^31.
        const uint32_t magnitude = (hash ^ (uint32_t)sign) - (uint32_t)sign;
        slots[position]
            = how.is_power ? magnitude & (how.features - 1) : magnitude % how.features;
        steps[position] = (sign & how.signs) | 1;
    }
}

INLINED lanes widened(const uint8_t *bytes) {
    lane_bytes narrow;
    memcpy(&narrow, bytes, sizeof narrow);
    return __builtin_convertvector(narrow, lanes);
}

/// The same of a group of windows.
INLINED void hash_group(
    const uint8_t *text, struct hashing how, uint32_t *slots, int32_t *steps
) {
    lanes hash;
    if (how.length <= 3) {
        lanes key = widened(text);
        if (how.length > 1) key |= widened(text + 1) << 8;
        if (how.length > 2) key |= widened(text + 2) << 16;
        hash = finalized_lanes(scrambled_lanes(key) ^ (uint32_t)how.length);
    } else {
        for (size_t lane = 0; lane < GROUP; lane++) hash[lane] = murmur(text + lane, how.length);
    }
    const lanes sign = (lanes)((signed_lanes)hash >> 31);
    const lanes magnitude = (hash ^ sign) - sign;
    const lanes slot
        = how.is_power ? magnitude & (how.features - 1) : magnitude % how.features;
    const lanes step = (sign & (uint32_t)how.signs) | 1;
    memcpy(slots, &slot, sizeof slot);
    memcpy(steps, &step, sizeof step);
}

/// Hashes windows and counts them.
///
/// One group is hashed while the cells of an earlier one are read and written: the one is work for
/// the processor's vectors, the other for its memory, and it does both at once.
INLINED void count_windows(
    const uint8_t *restrict text, size_t windows, struct hashing how, uint32_t *restrict slots,
    int32_t *restrict steps, int32_t *restrict cells, const double *weights
) {
    size_t hashed = 0, counted = 0;
    if (windows < GROUP) {
        hash_windows(text, windows, how, slots, steps);
        add_steps(slots, steps, windows, cells, weights);
        return;
    }
    const size_t ahead = windows < AHEAD ? windows & ~(size_t)(GROUP - 1) : AHEAD;
    for (; hashed < ahead; hashed += GROUP) {
        hash_group(text + hashed, how, slots + hashed, steps + hashed);
    }
    for (; hashed + GROUP <= windows; hashed += GROUP, counted += GROUP) {
        hash_group(text + hashed, how, slots + hashed, steps + hashed);
        add_steps(slots + counted, steps + counted, GROUP, cells, weights);
    }
    // The last group overlaps the one before, which is not counted yet: as one vector it is faster
    // than its rest one by one.
    const size_t last = windows - GROUP;
    hash_group(text + last, how, slots + last, steps + last);
    for (; counted + GROUP <= windows; counted += GROUP) {
        add_steps(slots + counted, steps + counted, GROUP, cells, weights);
    }
    add_steps(slots + counted, steps + counted, windows - counted, cells, weights);
}

INLINED void count_length(
    const uint8_t *text, size_t windows, size_t length, uint32_t features, int alternate,
    uint32_t *slots, int32_t *steps, int32_t *cells, const double *weights
) {
    const int is_power = (features & (features - 1)) == 0;
    const int32_t signs = alternate ? -1 : 0;
#define WITH(LENGTH, POWER) \
    count_windows( \
        text, windows, (struct hashing){LENGTH, features, POWER, signs}, slots, steps, cells, \
        weights)
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

INLINED size_t count_all(
    const uint8_t *text, size_t count, size_t places, size_t shortest, size_t longest,
    uint32_t features, int alternate, uint32_t *slots, int32_t *steps, int32_t *cells,
    const double *weights
) {
    size_t ngrams = 0;
    for (size_t length = shortest; length <= longest && length <= count; length++) {
        const size_t all = count - length + 1;
        const size_t windows = all < places ? all : places;
        count_length(
            text, windows, length, features, alternate, slots + ngrams, steps + ngrams, cells,
            weights);
        ngrams += windows;
    }
    return ngrams;
}

int ctext_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") ? 1 : 0;
#else
    return 0;
#endif
}

#if defined(__x86_64__)
AVX2 static size_t count_avx2(
    const uint8_t *text, size_t count, size_t places, size_t shortest, size_t longest,
    uint32_t features, int alternate, uint32_t *slots, int32_t *steps, int32_t *cells,
    const double *weights, uint32_t *met, size_t met_count
) {
    const size_t ngrams = count_all(
        text, count, places, shortest, longest, features, alternate, slots, steps, cells, weights);
    return note_avx2(slots, steps, ngrams, met, met_count);
}
#endif

size_t ctext_count(
    int level, const uint8_t *text, size_t count, size_t places, size_t shortest, size_t longest,
    uint32_t features, int alternate, uint32_t *slots, int32_t *steps, int32_t *cells,
    const double *weights, uint32_t *met, size_t met_count
) {
#if defined(__x86_64__)
    if (level > 0) {
        return count_avx2(
            text, count, places, shortest, longest, features, alternate, slots, steps, cells,
            weights, met, met_count);
    }
#endif
    (void)level;
    const size_t ngrams = count_all(
        text, count, places, shortest, longest, features, alternate, slots, steps, cells, weights);
    return note(slots, steps, ngrams, met, met_count);
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

INLINED ctext_sums sum_by(
    const uint32_t *met, size_t count, int32_t *cells, const double *weights, int is_l1
) {
    return is_l1 ? sum(met, count, cells, weights, 1) : sum(met, count, cells, weights, 0);
}

#if defined(__x86_64__)
// Without FMA, so that every level rounds alike.
AVX2 static ctext_sums sum_avx2(
    const uint32_t *met, size_t count, int32_t *cells, const double *weights, int is_l1
) {
    return sum_by(met, count, cells, weights, is_l1);
}
#endif

ctext_sums ctext_sum(
    int level, const uint32_t *met, size_t count, int32_t *cells, const double *weights, int is_l1
) {
#if defined(__x86_64__)
    if (level > 0) return sum_avx2(met, count, cells, weights, is_l1);
#endif
    (void)level;
    return sum_by(met, count, cells, weights, is_l1);
}
