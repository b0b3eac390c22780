// N-grams of tokens hashed, and counted by their hashes.
#include "Murmur.h"

/// Hashes the n-grams that begin at the places from `place` on.
INLINED size_t hash_places(
    const uint8_t *tokens, const uint32_t *starts, size_t count, size_t place, size_t places,
    size_t shortest, size_t longest, uint32_t *hashes
) {
    size_t found = 0;
    for (; place < places; place++) {
        const uint8_t *key = tokens + starts[place];
        const size_t most = longest_at(place, count, longest);
        // A longer n-gram goes on where a shorter one ends.
        uint32_t hash = 0;
        size_t whole = 0;
        for (size_t words = 1; words <= most; words++) {
            const size_t length = starts[place + words] - 1 - starts[place];
            for (; whole + 4 <= length; whole += 4) hash = mixed(hash, block_at(key + whole));
            if (words < shortest) continue;
            const uint32_t tail
                = block_at(key + whole) & (((uint32_t)1 << 8 * (length - whole)) - 1);
            hashes[found++] = finalized(hash ^ scrambled(tail) ^ (uint32_t)length);
        }
    }
    return found;
}

#if defined(__x86_64__)
/// Longer n-grams than these, in bytes, are hashed one by one: those beside them would wait.
enum { LANE_BYTES = 64 };
/// More tokens than these of one n-gram are hashed one by one as well.
enum { LANE_WORDS = 3 };

typedef uint32_t half_lanes __attribute__((vector_size(2 * GROUP)));

/// 16 bytes of each of two n-grams.
INLINED lanes two_rows(const uint8_t *one, const uint8_t *other) {
    half_lanes halves[2];
    memcpy(&halves[0], one, sizeof halves[0]);
    memcpy(&halves[1], other, sizeof halves[1]);
    return __builtin_shufflevector(halves[0], halves[1], 0, 1, 2, 3, 4, 5, 6, 7);
}

/// The four blocks of 4 bytes that stand at `at` behind the beginnings of 8 n-grams: of each block
/// a vector.
INLINED void blocks_at(const uint8_t *const *keys, size_t at, lanes *blocks) {
    lanes rows[4];
    for (size_t row = 0; row < 4; row++) rows[row] = two_rows(keys[row] + at, keys[row + 4] + at);
#define LOWER(ONE, OTHER) __builtin_shufflevector(ONE, OTHER, 0, 8, 1, 9, 4, 12, 5, 13)
#define UPPER(ONE, OTHER) __builtin_shufflevector(ONE, OTHER, 2, 10, 3, 11, 6, 14, 7, 15)
    const lanes low = LOWER(rows[0], rows[1]), more_low = LOWER(rows[2], rows[3]);
    const lanes high = UPPER(rows[0], rows[1]), more_high = UPPER(rows[2], rows[3]);
#undef LOWER
#undef UPPER
#define EVEN(ONE, OTHER) __builtin_shufflevector(ONE, OTHER, 0, 1, 8, 9, 4, 5, 12, 13)
#define ODD(ONE, OTHER) __builtin_shufflevector(ONE, OTHER, 2, 3, 10, 11, 6, 7, 14, 15)
    blocks[0] = EVEN(low, more_low);
    blocks[1] = ODD(low, more_low);
    blocks[2] = EVEN(high, more_high);
    blocks[3] = ODD(high, more_high);
#undef EVEN
#undef ODD
}

/// Where `mask` is all ones, `one`, else `other`.
INLINED lanes chosen(lanes mask, lanes one, lanes other) {
    return (one & mask) | (other & ~mask);
}

/// The hashes of the n-grams of 1 to `longest` tokens that begin at 8 places, by their number of
/// tokens; 0, and nothing is written, where one is too long.
///
/// Every lane takes the same steps, as many as the longest n-gram has blocks; each n-gram's hash
/// and tail are kept when its own blocks are over. One by one the processor would guess at each
/// n-gram how many blocks it has.
INLINED int hash_word_group(
    const uint8_t *tokens, const uint32_t *starts, const size_t longest, lanes *hashes
) {
    lanes first, lengths[LANE_WORDS], kept[LANE_WORDS], tails[LANE_WORDS];
    const uint8_t *keys[GROUP];
    memcpy(&first, starts, sizeof first);
    for (size_t lane = 0; lane < GROUP; lane++) keys[lane] = tokens + starts[lane];
    for (size_t words = 0; words < longest; words++) {
        memcpy(&lengths[words], starts + words + 1, sizeof first);
        lengths[words] -= first + 1;
        kept[words] = tails[words] = (lanes){0};
    }
    const uint32_t most = __builtin_reduce_max(lengths[longest - 1]);
    if (most >= LANE_BYTES) return 0;
    lanes hash = {0};
    for (uint32_t at = 0; at <= most; at += 16) {
        lanes blocks[4];
        blocks_at(keys, at, blocks);
        for (uint32_t step = 0; step < 4; step++) {
            const lanes block = blocks[step];
            for (size_t words = 0; words < longest; words++) {
                const lanes is_last = (lanes)(lengths[words] >> 2 == at / 4 + step);
                kept[words] = chosen(is_last, hash, kept[words]);
                tails[words] = chosen(is_last, block, tails[words]);
            }
            hash ^= scrambled_lanes(block);
            hash = (hash << 13 | hash >> 19) * 5 + 0xE6546B64u;
        }
    }
    for (size_t words = 0; words < longest; words++) {
        const lanes length = lengths[words];
        const lanes tail = tails[words] & (((lanes){0} + 1 << 8 * (length & 3)) - 1);
        hashes[words] = finalized_lanes(kept[words] ^ scrambled_lanes(tail) ^ length);
    }
    return 1;
}

/// Hashes as `hash_places` does, and 8 places at a time where all n-grams of these are there.
INLINED size_t hash_words(
    const uint8_t *tokens, const uint32_t *starts, size_t count, size_t places, size_t shortest,
    const size_t longest, uint32_t *hashes
) {
    size_t found = 0, place = 0;
    for (; place + GROUP <= places && place + GROUP + longest <= count + 1; place += GROUP) {
        lanes group[LANE_WORDS];
        if (!hash_word_group(tokens, starts + place, longest, group)) {
            found += hash_places(
                tokens, starts, count, place, place + GROUP, shortest, longest, hashes + found);
            continue;
        }
        for (size_t lane = 0; lane < GROUP; lane++) {
            for (size_t words = shortest; words <= longest; words++) {
                hashes[found++] = group[words - 1][lane];
            }
        }
    }
    return found
        + hash_places(tokens, starts, count, place, places, shortest, longest, hashes + found);
}

AVX2 static size_t word_hashes_avx2(
    const uint8_t *tokens, const uint32_t *starts, size_t count, size_t places, size_t shortest,
    size_t longest, uint32_t *hashes
) {
#define OF(SHORTEST, LONGEST) \
    hash_words(tokens, starts, count, places, SHORTEST, LONGEST, hashes)
    if (shortest == 1 && longest == 1) return OF(1, 1);
    if (shortest == 1 && longest == 2) return OF(1, 2);
    if (longest == 2) return OF(2, 2);
    if (longest == LANE_WORDS) return OF(shortest, LANE_WORDS);
    return hash_places(tokens, starts, count, 0, places, shortest, longest, hashes);
#undef OF
}
#endif

size_t ctext_word_hashes(
    int level, const uint8_t *tokens, const uint32_t *starts, size_t count, size_t places,
    size_t shortest, size_t longest, uint32_t *hashes
) {
#if defined(__x86_64__)
    if (level > 0) {
        return word_hashes_avx2(tokens, starts, count, places, shortest, longest, hashes);
    }
#endif
    (void)level;
    return hash_places(tokens, starts, count, 0, places, shortest, longest, hashes);
}

INLINED void slots_of(
    uint32_t *restrict hashes, int32_t *restrict steps, size_t ngrams, uint32_t features,
    int is_power, int32_t signs
) {
    for (size_t at = 0; at < ngrams; at++) {
        const uint32_t hash = hashes[at];
        const int32_t sign = (int32_t)hash >> 31;
        // As unsigned it also holds the magnitude of -2^31.
        const uint32_t magnitude = (hash ^ (uint32_t)sign) - (uint32_t)sign;
        hashes[at] = is_power ? magnitude & (features - 1) : magnitude % features;
        steps[at] = (sign & signs) | 1;
    }
}

INLINED void count_hashes(
    uint32_t *hashes, size_t ngrams, uint32_t features, int alternate, int32_t *steps,
    int32_t *cells, const double *weights
) {
    const int32_t signs = alternate ? -1 : 0;
    if ((features & (features - 1)) == 0) {
        slots_of(hashes, steps, ngrams, features, 1, signs);
    } else {
        slots_of(hashes, steps, ngrams, features, 0, signs);
    }
    add_steps(hashes, steps, ngrams, cells, weights);
}

#if defined(__x86_64__)
AVX2 static size_t hash_count_avx2(
    uint32_t *hashes, size_t ngrams, uint32_t features, int alternate, int32_t *steps,
    int32_t *cells, const double *weights, uint32_t *met, size_t met_count
) {
    count_hashes(hashes, ngrams, features, alternate, steps, cells, weights);
    return note_avx2(hashes, steps, ngrams, met, met_count);
}
#endif

size_t ctext_hash_count(
    int level, uint32_t *hashes, size_t ngrams, uint32_t features, int alternate, int32_t *steps,
    int32_t *cells, const double *weights, uint32_t *met, size_t met_count
) {
#if defined(__x86_64__)
    if (level > 0) {
        return hash_count_avx2(
            hashes, ngrams, features, alternate, steps, cells, weights, met, met_count);
    }
#endif
    (void)level;
    count_hashes(hashes, ngrams, features, alternate, steps, cells, weights);
    return note(hashes, steps, ngrams, met, met_count);
}
