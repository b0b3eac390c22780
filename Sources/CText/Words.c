// Texts of ASCII cut into tokens, and n-grams of tokens hashed, looked up and counted.
#include "Murmur.h"

/// Bytes that are looked at together: a bit for each in one word.
enum { BLOCK = 64 };
/// Bytes that are copied together; most tokens are shorter.
enum { COPIED = 16 };

/// Lowers a block, and gives bit `n` for the byte `n` that is inside a token; `high` gets the
/// highest bit of each byte.
INLINED uint64_t look(
    const ctext_cut *cut, const uint8_t *text, uint8_t *lowered, uint8_t *high
) {
    uint64_t inside = 0;
    const uint8_t letters = cut->lowers ? 26 : 0;
    for (size_t at = 0; at < BLOCK; at++) {
        const uint8_t byte = text[at];
        const uint8_t low = byte | ((uint8_t)(byte - 'A') < letters ? 0x20 : 0);
        *high |= byte;
        lowered[at] = low;
        inside |= (uint64_t)(cut->inside[low & 15] >> (low >> 4 & 7) & 1) << at;
    }
    return inside;
}

#if defined(__x86_64__)
/// The same for 32 bytes: a table of 16 tells, for each lower half of a byte, which upper halves
/// are inside, and another one is the bit of the upper half.
AVX2 static inline uint32_t look_half_avx2(
    __m256i inside, __m256i letters, const uint8_t *text, uint8_t *lowered, uint32_t *high
) {
    const __m256i bits = _mm256_setr_epi8(
        1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, -128, 0, 0,
        0, 0, 0, 0, 0, 0);
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)text);
    *high |= (uint32_t)_mm256_movemask_epi8(bytes);
    const __m256i is_upper = _mm256_and_si256(
        _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8('A' - 1)),
        _mm256_cmpgt_epi8(_mm256_set1_epi8('Z' + 1), bytes));
    const __m256i low = _mm256_or_si256(bytes, _mm256_and_si256(is_upper, letters));
    _mm256_storeu_si256((__m256i *)lowered, low);
    const __m256i upper
        = _mm256_and_si256(_mm256_srli_epi16(low, 4), _mm256_set1_epi8(0x0F));
    const __m256i found
        = _mm256_and_si256(_mm256_shuffle_epi8(inside, low), _mm256_shuffle_epi8(bits, upper));
    const __m256i outside = _mm256_cmpeq_epi8(found, _mm256_setzero_si256());
    return ~(uint32_t)_mm256_movemask_epi8(outside);
}

AVX2 static inline uint64_t look_avx2(
    const ctext_cut *cut, const uint8_t *text, uint8_t *lowered, uint8_t *high
) {
    const __m256i inside
        = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)cut->inside));
    const __m256i letters = _mm256_set1_epi8(cut->lowers ? 0x20 : 0);
    uint32_t set = 0;
    const uint64_t first = look_half_avx2(inside, letters, text, lowered, &set);
    const uint64_t second = look_half_avx2(inside, letters, text + 32, lowered + 32, &set);
    if (set) *high |= 0x80;
    return first | second << 32;
}
#endif

/// Writes where the bits of `edges` are, counted from `base`; up to 7 places more are written.
INLINED size_t note_edges(uint64_t edges, size_t base, uint32_t *out, size_t count) {
    const size_t found = (size_t)__builtin_popcountll(edges);
    for (size_t done = 0; done < found; done += 8) {
        for (size_t each = 0; each < 8; each++) {
            // The highest bit is there so that one is; it takes part in nothing that counts.
            const uint64_t some = edges | (uint64_t)1 << 63;
            out[count + done + each] = (uint32_t)(base + (size_t)__builtin_ctzll(some));
            edges &= edges - 1;
        }
    }
    return count + found;
}

/// Puts the runs between each two edges together; too short ones are written over.
INLINED size_t gather(
    const uint8_t *lowered, const uint32_t *edges, size_t count, uint32_t shortest,
    uint8_t *tokens, uint32_t *starts
) {
    size_t found = 0, out = 0;
    for (size_t at = 0; at + 1 < count; at += 2) {
        const uint32_t start = edges[at], length = edges[at + 1] - start;
        memcpy(tokens + out, lowered + start, COPIED);
        for (size_t done = COPIED; done < length; done += COPIED) {
            memcpy(tokens + out + done, lowered + start + done, COPIED);
        }
        tokens[out + length] = ' ';
        starts[found] = (uint32_t)out;
        const size_t is_kept = length >= shortest;
        found += is_kept;
        out += is_kept ? length + 1 : 0;
    }
    starts[found] = (uint32_t)out;
    return found;
}

// The same loop with each level's way to look at a block.
#define CUT(LOOK) \
    size_t edge_count = 0; \
    uint64_t carry = 0; \
    uint8_t rest[BLOCK] = {0}; \
    for (size_t base = 0; base < count; base += BLOCK) { \
        const uint8_t *block = text + base; \
        uint64_t used = ~(uint64_t)0; \
        if (count - base < BLOCK) { \
            memcpy(rest, block, count - base); \
            block = rest; \
            used = ((uint64_t)1 << (count - base)) - 1; \
        } \
        uint8_t high = 0; \
        const uint64_t inside = LOOK(cut, block, lowered + base, &high) & used; \
        if (high & 0x80) return CTEXT_NOT_ASCII; \
        edge_count = note_edges(inside ^ (inside << 1 | carry), base, edges, edge_count); \
        carry = inside >> 63; \
    } \
    if (carry) edges[edge_count++] = (uint32_t)count; \
    return gather(lowered, edges, edge_count, cut->shortest, tokens, starts)

#if defined(__x86_64__)
AVX2 static size_t tokens_avx2(
    const ctext_cut *cut, const uint8_t *text, size_t count, uint8_t *lowered, uint32_t *edges,
    uint8_t *tokens, uint32_t *starts
) {
    CUT(look_avx2);
}
#endif

size_t ctext_tokens(
    int level, const ctext_cut *cut, const uint8_t *text, size_t count, uint8_t *lowered,
    uint32_t *edges, uint8_t *tokens, uint32_t *starts
) {
#if defined(__x86_64__)
    if (level > 0) return tokens_avx2(cut, text, count, lowered, edges, tokens, starts);
#endif
    (void)level;
    CUT(look);
}

/// How far the n-grams go that begin at a place.
INLINED size_t longest_at(size_t place, size_t count, size_t longest) {
    const size_t left = count - place;
    return left < longest ? left : longest;
}

size_t ctext_word_hashes(
    const uint8_t *tokens, const uint32_t *starts, size_t count, size_t places, size_t shortest,
    size_t longest, uint32_t *hashes
) {
    size_t found = 0;
    for (size_t place = 0; place < places; place++) {
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
