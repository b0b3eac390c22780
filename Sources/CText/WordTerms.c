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
enum { TERM_MASK = (1 << 23) - 1 };

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

void ctext_word_find(
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
