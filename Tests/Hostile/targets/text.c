// CText: n-grams hashed, looked up and counted, and texts cut into words, as DirectText, ShortTerms
// and WordTokens call it: with memory of exactly the size that they give. Held against plain loops.
#include "../hostile.h"
#include "CText.h"

#include <math.h>

enum { CHUNK = 256 };

static uint32_t rotated(uint32_t value, int by) { return value << by | value >> (32 - by); }

// MurmurHash3, x86, 32 bits, seed 0; after its definition.
static uint32_t murmur3(const uint8_t *bytes, size_t count) {
    uint32_t hash = 0;
    for (size_t at = 0; at < count; at += 4) {
        uint32_t block = 0;
        const size_t length = count - at < 4 ? count - at : 4;
        for (size_t byte = 0; byte < length; byte++) block |= (uint32_t)bytes[at + byte] << 8 * byte;
        hash ^= rotated(block * 0xCC9E2D51u, 15) * 0x1B873593u;
        if (length == 4) hash = rotated(hash, 13) * 5 + 0xE6546B64u;
    }
    hash ^= (uint32_t)count;
    hash = (hash ^ hash >> 16) * 0x85EBCA6Bu;
    hash = (hash ^ hash >> 13) * 0xC2B2AE35u;
    return hash ^ hash >> 16;
}

struct counts {
    size_t features;
    int32_t *cells;
    uint32_t *met;
    size_t met_count;
    double *weights;
    // What the plain loop counts, and the cells that it met, in the order of their first time.
    int64_t *plain;
    uint32_t *order;
    uint8_t *is_met;
    size_t order_count;
};

// `extra` cells stand behind those that have a weight.
static struct counts make_counts(size_t features, size_t extra, size_t ngrams) {
    const size_t cells = features + extra;
    struct counts made = {
        features, calloc(cells, sizeof(int32_t)),
        hostile_memory(
            ((ngrams < cells ? ngrams : cells) + CTEXT_MET_SPARE) * sizeof(uint32_t)), 0,
        hostile_memory(features * sizeof(double)), calloc(cells, sizeof(int64_t)),
        hostile_memory(cells * sizeof(uint32_t)), calloc(cells, 1), 0,
    };
    if (!made.cells || !made.plain || !made.is_met) hostile_fail("the driver has no memory");
    for (size_t feature = 0; feature < features; feature++) {
        made.weights[feature] = (double)(feature % 13) - 6;
    }
    return made;
}

static void note(struct counts *counts, uint32_t cell) {
    if (counts->is_met[cell]) return;
    counts->is_met[cell] = 1;
    counts->order[counts->order_count++] = cell;
}

static void check_met(const struct counts *counts) {
    hostile_expect(counts->met_count == counts->order_count, "another number of cells met");
    hostile_expect(
        memcmp(counts->met, counts->order, counts->met_count * sizeof(uint32_t)) == 0,
        "other cells met, or in another order");
}

static void check_sums(struct counts *counts, ctext_sums sums, const double *idf, int is_l1) {
    double dot = 0, norm = 0;
    for (size_t feature = 0; feature < counts->features; feature++) {
        const double value = (double)counts->plain[feature] * (idf ? idf[feature] : 1);
        dot += value * counts->weights[feature];
        norm += is_l1 ? fabs(value) : value * value;
    }
    // Whole numbers and halves, far below 2^53: no sum of them is rounded.
    hostile_expect(sums.dot == dot, "a sum of weights is not the plain loop's");
    hostile_expect(sums.norm == norm, "a norm is not the plain loop's");
    for (size_t feature = 0; feature < counts->features; feature++) {
        hostile_expect(counts->cells[feature] == 0, "a cell is not empty after the sum");
    }
}

// The same cells summed for several rows: row r weighs r + 1 times as much.
static void check_rows(const struct counts *counts, const double *idf, int is_l1, int level) {
    const size_t rows = 1 + counts->met_count % 10, features = counts->features;
    const size_t stride = (rows + 3) / 4 * 4;
    const int are_narrow = counts->met_count % 3 != 0;
    int32_t *cells = hostile_memory(features * sizeof *cells);
    void *places = hostile_memory(features * (are_narrow ? 2 : 4));
    double *weights = aligned_alloc(32, (features + 1) * stride * sizeof *weights);
    double *dots = hostile_memory(rows * sizeof *dots);
    memcpy(cells, counts->cells, features * sizeof *cells);
    double dot = 0, norm = 0;
    size_t used = 0;
    memset(weights, 0, (features + 1) * stride * sizeof *weights);
    for (size_t feature = 0; feature < features; feature++) {
        const double value = (double)counts->plain[feature] * (idf ? idf[feature] : 1);
        dot += value * counts->weights[feature];
        norm += is_l1 ? fabs(value) : value * value;
        // Those that weigh nothing are left out.
        const int is_used = counts->weights[feature] != 0;
        used += (size_t)is_used;
        if (are_narrow) {
            ((uint16_t *)places)[feature] = (uint16_t)(is_used ? used : 0);
        } else {
            ((uint32_t *)places)[feature] = (uint32_t)(is_used ? used : 0);
        }
        if (!is_used) continue;
        for (size_t row = 0; row < rows; row++) {
            weights[used * stride + row] = counts->weights[feature] * (double)(row + 1);
        }
    }
    const ctext_rows packed = {places, are_narrow, weights, rows};
    const ctext_sums sums = ctext_sum_rows(
        level, counts->met, counts->met_count, cells, &packed, idf, is_l1, dots);
    hostile_expect(sums.norm == norm, "a norm of rows is not the plain loop's");
    for (size_t row = 0; row < rows; row++) {
        hostile_expect(dots[row] == dot * (double)(row + 1), "a row is not the plain loop's");
    }
    for (size_t feature = 0; feature < features; feature++) {
        hostile_expect(cells[feature] == 0, "a cell is not empty after the rows");
    }
    free(cells);
    free(places);
    free(weights);
    free(dots);
}

static void free_counts(struct counts *counts) {
    free(counts->cells);
    free(counts->met);
    free(counts->weights);
    free(counts->plain);
    free(counts->order);
    free(counts->is_met);
}

static void hashed(struct hostile_reader reader, int level) {
    static const uint32_t sizes[] = {1, 2, 3, 7, 64, 100, 1024, 4096};
    const size_t shortest = 1 + hostile_byte(&reader) % 6;
    const size_t longest = shortest + hostile_byte(&reader) % 4;
    const uint32_t features = sizes[hostile_byte(&reader) % 8];
    const int alternate = hostile_byte(&reader) & 1, is_l1 = hostile_byte(&reader) & 1;
    const size_t lengths = longest - shortest + 1, count = reader.left;
    struct counts counts = make_counts(features, 0, count * lengths);
    for (size_t place = 0; place < count;) {
        const size_t most = CHUNK / lengths, left = count - place;
        const size_t places = most < left ? most : left;
        uint32_t *slots = hostile_memory(places * lengths * sizeof *slots);
        int32_t *steps = hostile_memory(places * lengths * sizeof *steps);
        const uint8_t *text = reader.bytes + place;
        size_t ngram = 0;
        for (size_t length = shortest; length <= longest; length++) {
            for (size_t at = 0; at < places && at + length <= left; at++, ngram++) {
                const int32_t hash = (int32_t)murmur3(text + at, length);
                const uint32_t slot
                    = (hash < 0 ? 0u - (uint32_t)hash : (uint32_t)hash) % features;
                counts.plain[slot] += alternate && hash < 0 ? -1 : 1;
                note(&counts, slot);
            }
        }
        counts.met_count = ctext_count(
            level, text, left, places, shortest, longest, features, alternate, slots, steps,
            counts.cells, counts.weights, counts.met, counts.met_count);
        check_met(&counts);
        for (size_t at = 0; at < ngram; at++) {
            hostile_expect(slots[at] < features, "an n-gram outside of all slots");
        }
        place += places;
        free(slots);
        free(steps);
    }
    check_rows(&counts, NULL, is_l1, level);
    check_sums(
        &counts,
        ctext_sum(level, counts.met, counts.met_count, counts.cells, counts.weights, is_l1), NULL,
        is_l1);
    free_counts(&counts);
}

// Tables over the first letters of the alphabet, filled from the input.
static void looked_up(struct hostile_reader reader, int level) {
    const uint32_t alphabet = 1 + hostile_byte(&reader) % 12;
    const int are_narrow = hostile_byte(&reader) & 1, is_l1 = hostile_byte(&reader) & 1;
    const int has_idf = hostile_byte(&reader) & 1;
    const uint32_t nothing = 1 + hostile_byte(&reader);
    const size_t rows = 1 + hostile_byte(&reader) % 5;
    uint16_t *classes = hostile_memory(256 * sizeof *classes);
    uint32_t *singles = hostile_memory(alphabet * sizeof *singles);
    uint32_t *pairs = hostile_memory(2 * alphabet * alphabet * sizeof *pairs);
    void *table = hostile_memory(rows * alphabet * (are_narrow ? 2 : 4));
    for (size_t byte = 0; byte < 256; byte++) {
        classes[byte] = byte >= 'a' && byte < 'a' + alphabet ? (uint16_t)(byte - 'a') : 0;
    }
    uint32_t seed = hostile_byte(&reader);
    for (size_t at = 0; at < alphabet; at++) singles[at] = seed++ % (nothing + 1);
    for (size_t at = 0; at < (size_t)alphabet * alphabet; at++) {
        pairs[2 * at] = seed++ % (nothing + 1);
        pairs[2 * at + 1] = (uint32_t)(seed % rows * alphabet);
    }
    for (size_t at = 0; at < rows * alphabet; at++) {
        const uint32_t id = seed++ % (nothing + 1);
        if (are_narrow) ((uint16_t *)table)[at] = (uint16_t)id; else ((uint32_t *)table)[at] = id;
    }
    const ctext_terms terms = {classes, alphabet, singles, pairs, table, are_narrow};

    const size_t count = reader.left;
    struct counts counts = make_counts(nothing, 1, 3 * count);
    double *idf = hostile_memory(nothing * sizeof *idf);
    for (size_t at = 0; at < nothing; at++) idf[at] = 0.5 + (double)(at % 5);
    counts.cells[nothing] = 1;
    counts.is_met[nothing] = 1;
    for (size_t place = 0; place < count;) {
        const size_t most = CHUNK / 3, left = count - place;
        const size_t places = most < left ? most : left;
        uint32_t *ids = hostile_memory(3 * places * sizeof *ids);
        const uint8_t *text = reader.bytes + place;
        const size_t found = ctext_find(&terms, text, left, places, nothing, ids);
        hostile_expect(found == 3 * places, "another number of terms");
        for (size_t at = 0; at < places; at++) {
            const uint32_t first = classes[text[at]];
            const uint32_t second = at + 1 < left ? classes[text[at + 1]] : 0;
            const uint32_t third = at + 2 < left ? classes[text[at + 2]] : 0;
            const uint32_t *pair = pairs + 2 * (first * alphabet + second);
            const size_t row = pair[1] + third;
            const uint32_t last = are_narrow ? ((uint16_t *)table)[row] : ((uint32_t *)table)[row];
            const uint32_t expected[3] = {
                singles[first], at + 1 < left ? pair[0] : nothing, at + 2 < left ? last : nothing,
            };
            for (size_t each = 0; each < 3; each++) {
                hostile_expect(ids[3 * at + each] == expected[each], "another term");
                counts.plain[expected[each]]++;
                note(&counts, expected[each]);
            }
        }
        uint32_t *counted = hostile_memory(3 * places * sizeof *counted);
        int32_t *before = hostile_memory(3 * places * sizeof *before);
        counts.met_count = ctext_term_count(
            level, &terms, text, left, places, nothing, counted, before, counts.cells, counts.met,
            counts.met_count);
        check_met(&counts);
        hostile_expect(
            memcmp(counted, ids, found * sizeof *ids) == 0, "counts other terms than it finds");
        free(counted);
        free(before);
        place += places;
        free(ids);
    }
    counts.cells[nothing] = 0;
    check_rows(&counts, has_idf ? idf : NULL, is_l1, level);
    check_sums(
        &counts,
        ctext_term_sum(
            level, counts.met, counts.met_count, counts.cells, counts.weights, has_idf ? idf : NULL,
            is_l1),
        has_idf ? idf : NULL, is_l1);
    free_counts(&counts);
    free(idf);
    free(classes);
    free(singles);
    free(pairs);
    free(table);
}

struct tokens {
    uint8_t *bytes;
    uint32_t *starts;
    size_t count;
};

// Cuts what is left of the input, and holds every token against a plain loop; none where a byte is
// not ASCII.
static struct tokens cut_tokens(struct hostile_reader *reader, int level) {
    ctext_cut cut = {{0}, 1 + hostile_byte(reader) % 4, hostile_byte(reader) & 1};
    for (size_t at = 0; at < sizeof cut.inside; at++) cut.inside[at] = hostile_byte(reader);
    const size_t count = reader->left, room = count + CTEXT_TOKEN_SPARE;
    const uint8_t *text = reader->bytes;
    uint8_t *lowered = hostile_memory(room);
    uint32_t *edges = hostile_memory(room * sizeof *edges);
    struct tokens made
        = {hostile_memory(room), hostile_memory(room * sizeof *made.starts), 0};
    made.count = ctext_tokens(level, &cut, text, count, lowered, edges, made.bytes, made.starts);
    free(lowered);
    free(edges);
    size_t high = 0, found = 0, out = 0;
    for (size_t at = 0; at < count; at++) high += text[at] >> 7;
    hostile_expect(
        (made.count == CTEXT_NOT_ASCII) == (high > 0), "ASCII is taken for something else");
    if (high > 0) {
        made.count = made.starts[0] = 0;
        return made;
    }
    for (size_t at = 0; at < count;) {
        size_t length = 0;
        uint8_t *plain = hostile_memory(count);
        for (; at + length < count; length++) {
            const uint8_t byte = text[at + length];
            plain[length] = cut.lowers && byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
            if (!(cut.inside[plain[length] & 15] >> (plain[length] >> 4) & 1)) break;
        }
        if (length >= cut.shortest) {
            hostile_expect(made.starts[found] == out, "a token begins elsewhere");
            hostile_expect(
                memcmp(made.bytes + out, plain, length) == 0, "another byte in a token");
            hostile_expect(made.bytes[out + length] == ' ', "no blank behind a token");
            out += length + 1;
            found++;
        }
        at += length + 1;
        free(plain);
    }
    hostile_expect(found == made.count, "another number of tokens");
    hostile_expect(made.starts[found] == out, "another end of the last token");
    return made;
}

// A vocabulary of some of the n-grams at hand, as TermTable makes one.
static void look_up_words(
    int level, const struct tokens *tokens, size_t shortest, size_t longest, size_t ngrams,
    const uint32_t *hashes
) {
    enum { SLOTS = 64, TERMS = 20 };
    uint32_t slots[SLOTS + CTEXT_SLOT_SPARE] = {0}, starts[TERMS + 1] = {0};
    uint8_t *bytes = hostile_memory(tokens->starts[tokens->count] * TERMS + CTEXT_TERM_SPARE);
    uint32_t *expected = hostile_memory(ngrams * sizeof *expected);
    uint32_t *ids = hostile_memory(ngrams * sizeof *ids);
    size_t terms = 0, ngram = 0;
    for (size_t place = 0; place < tokens->count; place++) {
        for (size_t length = shortest; length <= longest && place + length <= tokens->count;
             length++, ngram++) {
            const uint8_t *key = tokens->bytes + tokens->starts[place];
            const size_t size = tokens->starts[place + length] - 1 - tokens->starts[place];
            size_t term = 0;
            while (term < terms
                && (starts[term + 1] - starts[term] != size
                    || memcmp(bytes + starts[term], key, size) != 0)) {
                term++;
            }
            if (term == terms && terms < TERMS && ngram % 3 == 0) {
                size_t slot = hashes[ngram] & (SLOTS - 1);
                while (slots[slot]) slot = (slot + 1) & (SLOTS - 1);
                slots[slot] = (hashes[ngram] & ~((1u << 23) - 1)) | (uint32_t)(terms + 1);
                memcpy(bytes + starts[terms], key, size);
                starts[terms + 1] = starts[terms] + (uint32_t)size;
                terms++;
            }
        }
    }
    memcpy(slots + SLOTS, slots, CTEXT_SLOT_SPARE * sizeof *slots);
    const ctext_words words = {bytes, starts, slots, SLOTS - 1, (uint32_t)terms};
    ngram = 0;
    for (size_t place = 0; place < tokens->count; place++) {
        for (size_t length = shortest; length <= longest && place + length <= tokens->count;
             length++, ngram++) {
            const uint8_t *key = tokens->bytes + tokens->starts[place];
            const size_t size = tokens->starts[place + length] - 1 - tokens->starts[place];
            expected[ngram] = (uint32_t)terms;
            for (size_t term = 0; term < terms; term++) {
                if (starts[term + 1] - starts[term] == size
                    && memcmp(bytes + starts[term], key, size) == 0) {
                    expected[ngram] = (uint32_t)term;
                }
            }
            ids[ngram] = hashes[ngram];
        }
    }
    ctext_word_find(
        level, &words, tokens->bytes, tokens->starts, tokens->count, tokens->count, shortest,
        longest, ids);
    hostile_expect(
        memcmp(ids, expected, ngrams * sizeof *ids) == 0, "another term of words");
    free(bytes);
    free(expected);
    free(ids);
}

static void words(struct hostile_reader reader, int level) {
    const size_t shortest = 1 + hostile_byte(&reader) % 3;
    const size_t longest = shortest + hostile_byte(&reader) % 3;
    const uint32_t features = 1 + hostile_byte(&reader);
    const int alternate = hostile_byte(&reader) & 1;
    const struct tokens tokens = cut_tokens(&reader, level);
    const size_t most = tokens.count * (longest - shortest + 1);
    uint32_t *hashes = hostile_memory(most * sizeof *hashes);
    const size_t ngrams = ctext_word_hashes(
        level, tokens.bytes, tokens.starts, tokens.count, tokens.count, shortest, longest,
        hashes);
    struct counts counts = make_counts(features, 0, most);
    int32_t *steps = hostile_memory(most * sizeof *steps);
    size_t ngram = 0;
    for (size_t place = 0; place < tokens.count; place++) {
        for (size_t length = shortest; length <= longest && place + length <= tokens.count;
             length++, ngram++) {
            const uint32_t start = tokens.starts[place];
            const int32_t hash = (int32_t)murmur3(
                tokens.bytes + start, tokens.starts[place + length] - 1 - start);
            hostile_expect(hashes[ngram] == (uint32_t)hash, "another hash of words");
            const uint32_t slot = (hash < 0 ? 0u - (uint32_t)hash : (uint32_t)hash) % features;
            counts.plain[slot] += alternate && hash < 0 ? -1 : 1;
            note(&counts, slot);
        }
    }
    hostile_expect(ngram == ngrams, "another number of n-grams of words");
    look_up_words(level, &tokens, shortest, longest, ngrams, hashes);
    counts.met_count = ctext_hash_count(
        level, hashes, ngrams, features, alternate, steps, counts.cells, counts.weights, counts.met,
        0);
    check_met(&counts);
    check_sums(
        &counts,
        ctext_sum(level, counts.met, counts.met_count, counts.cells, counts.weights, 0), NULL, 0);
    free_counts(&counts);
    free(hashes);
    free(steps);
    free(tokens.bytes);
    free(tokens.starts);
}

void hostile_text(const uint8_t *bytes, size_t count) {
    const struct hostile_reader reader = {bytes, count};
    for (int level = 0; level <= ctext_level(); level++) {
        hashed(reader, level);
        looked_up(reader, level);
        words(reader, level);
    }
    struct hostile_reader values = {bytes, count < 128 ? count : 128};
    double numbers[16] = {0};
    for (size_t at = 0; at < 16; at++) numbers[at] = fabs(hostile_double(&values));
    ctext_sublinear(numbers, 16);
}
