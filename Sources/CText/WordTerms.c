// N-grams of tokens looked up in a vocabulary, and counted.
#include "Counting.h"

#include <string.h>

INLINED uint64_t eight_at(const uint8_t *bytes) {
    uint64_t eight;
    memcpy(&eight, bytes, sizeof eight);
    return eight;
}

/// Whether `length` bytes, 1 at least, are the same; up to 7 more are read of both.
INLINED int is_same(const uint8_t *one, const uint8_t *other, size_t length) {
    for (; length > 8; length -= 8, one += 8, other += 8) {
        if (eight_at(one) != eight_at(other)) return 0;
    }
    // The first byte is the lowest where this shifts the last ones out.
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (eight_at(one) ^ eight_at(other)) << 8 * (8 - length) == 0;
#else
    return memcmp(one, other, length) == 0;
#endif
}

/// Bits of a slot that are the term plus 1; the others are those of the hash.
enum { TERM_BITS = 23, TERM_MASK = (1 << TERM_BITS) - 1 };

INLINED uint32_t find_word(
    const ctext_words *words, const uint8_t *key, size_t length, uint32_t hash
) {
    for (uint32_t slot = hash & words->mask;; slot = (slot + 1) & words->mask) {
        const uint32_t entry = words->slots[slot];
        if (entry == 0) return words->nothing;
        if ((entry ^ hash) & ~(uint32_t)TERM_MASK) continue;
        const uint32_t term = (entry & TERM_MASK) - 1, start = words->starts[term];
        if (words->starts[term + 1] - start != length) continue;
        if (is_same(words->bytes + start, key, length)) return term;
    }
}

INLINED void find_words(
    const ctext_words *words, const uint8_t *tokens, const uint32_t *starts, size_t count,
    size_t places, size_t shortest, size_t longest, uint32_t *hashes
) {
    size_t found = 0;
    for (size_t place = 0; place < places; place++) {
        const size_t most = longest_at(place, count, longest);
        for (size_t length = shortest; length <= most; length++, found++) {
            hashes[found] = find_word(
                words, tokens + starts[place], starts[place + length] - 1 - starts[place],
                hashes[found]);
        }
    }
}

#if defined(__x86_64__)
/// How many n-grams are looked for together: what one waits for in a table is on the way while
/// others are looked up.
enum { SOUGHT = 64 };

/// What stands for a term where 8 slots tell nothing: the slots are taken one by one then.
enum { UNKNOWN = -1 };

/// Looks at 8 slots for the term that an n-gram may be: nearly always the only one. `nothing`
/// where there is none.
///
/// Without a guess: how many slots are passed, and whether there is such a term, differs from one
/// n-gram to the next.
AVX2 static inline uint32_t likely_term(const ctext_words *words, uint32_t hash) {
    const uint32_t *slots = words->slots + (hash & words->mask);
    const __m256i entries = _mm256_loadu_si256((const __m256i *)slots);
    const __m256i others = _mm256_xor_si256(entries, _mm256_set1_epi32((int32_t)hash));
    const __m256i zero = _mm256_setzero_si256();
    const uint32_t alike = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(
        _mm256_cmpeq_epi32(_mm256_srli_epi32(others, TERM_BITS), zero)));
    const uint32_t empty = (uint32_t)_mm256_movemask_ps(
        _mm256_castsi256_ps(_mm256_cmpeq_epi32(entries, zero)));
    const uint32_t candidates = alike & ~empty;
    const uint32_t entry = slots[__builtin_ctz(candidates | 1u << (GROUP - 1))];
    const uint32_t otherwise = words->nothing | (uint32_t)-(empty == 0);
    return candidates ? (entry & TERM_MASK) - 1 : otherwise;
}

/// Whether the term that begins at `start` and ends at `end` is the n-gram, of up to 32 bytes.
AVX2 static inline int is_term(
    const ctext_words *words, uint32_t start, uint32_t end, const uint8_t *key, uint32_t length
) {
    const __m256i there = _mm256_loadu_si256((const __m256i *)(words->bytes + start));
    const __m256i here = _mm256_loadu_si256((const __m256i *)key);
    const uint32_t other = ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(there, here));
    return ((uint64_t)other << ((64 - length) & 63) == 0) & (end - start == length);
}

struct sought {
    const uint8_t *key;
    uint32_t length, term;
};

AVX2 static inline void find_sought(
    const ctext_words *words, struct sought *sought, size_t count, uint32_t *hashes
) {
    for (size_t at = 0; at < count; at++) {
        __builtin_prefetch(words->slots + (hashes[at] & words->mask));
    }
    for (size_t at = 0; at < count; at++) {
        sought[at].term = likely_term(words, hashes[at]);
    }
    for (size_t at = 0; at < count; at++) {
        const uint32_t term = sought[at].term;
        const uint32_t start = words->starts[term < words->nothing ? term : 0];
        __builtin_prefetch(words->bytes + start);
    }
    for (size_t at = 0; at < count; at++) {
        const struct sought *one = &sought[at];
        const uint32_t near = one->term < words->nothing ? one->term : 0;
        const uint32_t start = words->starts[near], end = words->starts[near + 1];
        // That there is no such term, the slots tell of an n-gram of any length.
        const int is_term_there = (one->length <= sizeof(__m256i))
            & is_term(words, start, end, one->key, one->length);
        const int is_decided
            = (one->term == words->nothing) | ((one->term == near) & is_term_there);
        if (__builtin_expect(is_decided, 1)) {
            hashes[at] = one->term;
        } else {
            hashes[at] = find_word(words, one->key, one->length, hashes[at]);
        }
    }
}

AVX2 static void word_find_avx2(
    const ctext_words *words, const uint8_t *tokens, const uint32_t *starts, size_t count,
    size_t places, size_t shortest, size_t longest, uint32_t *hashes
) {
    struct sought sought[SOUGHT];
    size_t found = 0;
    for (size_t place = 0; place < places; place++) {
        const size_t most = longest_at(place, count, longest);
        for (size_t length = shortest; length <= most; length++) {
            sought[found].key = tokens + starts[place];
            sought[found].length = starts[place + length] - 1 - starts[place];
            if (++found < SOUGHT) continue;
            find_sought(words, sought, found, hashes);
            hashes += found;
            found = 0;
        }
    }
    find_sought(words, sought, found, hashes);
}
#endif

void ctext_word_find(
    int level, const ctext_words *words, const uint8_t *tokens, const uint32_t *starts,
    size_t count, size_t places, size_t shortest, size_t longest, uint32_t *hashes
) {
#if defined(__x86_64__)
    if (level > 0) {
        word_find_avx2(words, tokens, starts, count, places, shortest, longest, hashes);
        return;
    }
#endif
    (void)level;
    find_words(words, tokens, starts, count, places, shortest, longest, hashes);
}

INLINED void count_found(
    const uint32_t *ids, size_t ngrams, int32_t *before, int32_t *cells
) {
    add_ones(ids, before, ngrams, cells);
}

#if defined(__x86_64__)
AVX2 static size_t found_count_avx2(
    const uint32_t *ids, size_t ngrams, int32_t *before, int32_t *cells, uint32_t *met,
    size_t met_count
) {
    count_found(ids, ngrams, before, cells);
    return note_avx2(ids, before, ngrams, met, met_count);
}
#endif

size_t ctext_found_count(
    int level, const uint32_t *ids, size_t ngrams, int32_t *before, int32_t *cells, uint32_t *met,
    size_t met_count
) {
#if defined(__x86_64__)
    if (level > 0) return found_count_avx2(ids, ngrams, before, cells, met, met_count);
#endif
    (void)level;
    count_found(ids, ngrams, before, cells);
    return note(ids, before, ngrams, met, met_count);
}
