#ifndef CTEXT_H
#define CTEXT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The loops of text scoring that C does at least 1.5 times as fast as Swift: it can vectorise for
/// the machine at hand and fetch memory before it is needed. Nothing here allocates.

/// How well this machine does: 0 portable, 1 with AVX2. Every level gives the same numbers.
int ctext_level(void);

/// More than are met, `met` has room for so many: whole vectors are written.
#define CTEXT_MET_SPARE 8

/// Hashes the n-grams of `shortest` to `longest` bytes that begin at each of the first `places`
/// bytes of `text`, which has `count`, shorter ones first; counts them, and adds the cells met the
/// first time to the `met_count` there are in `met`. Returns their number.
///
/// MurmurHash3 with seed 0, read as signed: its magnitude modulo `features` is the cell, and its
/// sign, 1 or -1, what is counted; always 1 without `alternate`. A cell holds twice its count, plus
/// 1 once it was met. `slots` and `steps` are scratch, for `places` times the number of lengths;
/// `met` has room for CTEXT_MET_SPARE more than are met at the end. `weights` are not read, only
/// brought near; they may be null.
size_t ctext_count(
    int level, const uint8_t *text, size_t count, size_t places, size_t shortest, size_t longest,
    uint32_t features, int alternate, uint32_t *slots, int32_t *steps, int32_t *cells,
    const double *weights, uint32_t *met, size_t met_count);

/// What a norm and a decision need of counted features.
typedef struct {
    double dot;
    /// The sum of squares, or for the norm l1 of magnitudes.
    double norm;
} ctext_sums;

/// Sums weight times count over the cells met, and sets them to 0.
ctext_sums ctext_sum(
    int level, const uint32_t *met, size_t count, int32_t *cells, const double *weights, int is_l1);

/// The terms of up to three units over a small alphabet, as tables.
typedef struct {
    /// The class of each byte, below `alphabet`; 0 for those in no term.
    const uint16_t *classes;
    uint32_t alphabet;
    /// By class: the term of one unit.
    const uint32_t *singles;
    /// By two classes: the term of two units, and where the row of those that go on begins.
    const uint32_t *pairs;
    /// By row and class: the term of three units, as uint16_t or uint32_t.
    const void *rows;
    int are_rows_narrow;
} ctext_terms;

/// Finds the terms of 1, 2 and 3 bytes that begin at each of the first `places` bytes of `text`,
/// which has `count`: `3 * places` of them, in `ids`.
///
/// Where there is none stands what the tables give, or `nothing` at the end of the text.
size_t ctext_find(
    const ctext_terms *terms, const uint8_t *text, size_t count, size_t places, uint32_t nothing,
    uint32_t *ids);

/// Counts the terms that `ctext_find` finds, as `ctext_count` does.
///
/// `ids` and `before` are scratch, for `3 * places`. The cell of `nothing` counts like any other:
/// whoever does not want it in `met` makes it look met before.
size_t ctext_term_count(
    int level, const ctext_terms *terms, const uint8_t *text, size_t count, size_t places,
    uint32_t nothing, uint32_t *ids, int32_t *before, int32_t *cells, uint32_t *met,
    size_t met_count);

/// Sums over the terms met, and sets their cells to 0.
///
/// A term's value is its count times its idf; `idf` may be null, and all are 1 then.
ctext_sums ctext_term_sum(
    int level, const uint32_t *met, size_t count, int32_t *cells, const double *weights,
    const double *idf, int is_l1);

/// More rows than these are not summed side by side.
#define CTEXT_ROWS_MAX 32

/// What features weigh in several rows, packed: those that weigh nothing in any take no rows.
///
/// Of hashed features most weigh nothing, and what is left lies near: a hundred thousand features
/// of five rows are not spread over more memory than the caches and the processor's tables of pages
/// hold.
typedef struct {
    /// By feature, as uint16_t or uint32_t: which of the packed rows are its own; 0 for those that
    /// weigh nothing.
    const void *places;
    int are_places_narrow;
    /// At 32 bytes' alignment; the rows of one feature, filled up with zeros to a multiple of four,
    /// behind those of another; before all of them, a feature that weighs nothing.
    const double *weights;
    /// From 1 to CTEXT_ROWS_MAX.
    size_t count;
} ctext_rows;

/// The same for several rows: writes the sum of each to `dots`, and gives the norm alone. `idf` may
/// be null.
ctext_sums ctext_sum_rows(
    int level, const uint32_t *met, size_t count, int32_t *cells, const ctext_rows *rows,
    const double *idf, int is_l1, double *dots);

/// What is inside a token, of ASCII.
typedef struct {
    /// By the lower four bits of a byte: bit `n` for the byte whose upper four bits are `n`.
    uint8_t inside[16];
    /// Bytes that a token has at least.
    uint32_t shortest;
    /// Whether A to Z become a to z first.
    int lowers;
} ctext_cut;

/// What memory for tokens has more than bytes of the text, and room for places more than that.
#define CTEXT_TOKEN_SPARE 80

/// No tokens: a byte is not ASCII.
#define CTEXT_NOT_ASCII ((size_t)-1)

/// Cuts `text` of `count` bytes into tokens: the runs of what is inside. Returns their number.
///
/// `tokens` has them one after the other with a blank between two; `starts` where each begins, and
/// one more than where the last one's blank is. `lowered` and `edges` are scratch. All four have
/// room for `count + CTEXT_TOKEN_SPARE`.
size_t ctext_tokens(
    int level, const ctext_cut *cut, const uint8_t *text, size_t count, uint8_t *lowered,
    uint32_t *edges, uint8_t *tokens, uint32_t *starts);

/// Hashes the n-grams of `shortest` to `longest` of the `count` tokens that begin at each of the
/// first `places`, shorter ones first: MurmurHash3 with seed 0. Returns how many there are.
///
/// Up to CTEXT_TOKEN_SPARE bytes behind where a token begins are read.
size_t ctext_word_hashes(
    int level, const uint8_t *tokens, const uint32_t *starts, size_t count, size_t places,
    size_t shortest, size_t longest, uint32_t *hashes);

/// Counts n-grams by their hashes, as `ctext_count` does; `hashes` becomes their cells.
size_t ctext_hash_count(
    int level, uint32_t *hashes, size_t ngrams, uint32_t features, int alternate, int32_t *steps,
    int32_t *cells, const double *weights, uint32_t *met, size_t met_count);

/// What the bytes of a vocabulary and its slots have on top: they are read by whole vectors.
#define CTEXT_TERM_SPARE 32
#define CTEXT_SLOT_SPARE 7

/// A vocabulary of n-grams of words, one at least: open addressing.
typedef struct {
    /// The terms one after the other, and CTEXT_TERM_SPARE bytes on top.
    const uint8_t *bytes;
    /// Where each begins, and the end of the last.
    const uint32_t *starts;
    /// A term plus 1, or 0 where there is none, and in the upper 9 bits those of its hash; as many
    /// as `mask` and 1, and behind them the first CTEXT_SLOT_SPARE once more.
    const uint32_t *slots;
    uint32_t mask;
    /// What stands for an n-gram that is no term: how many there are.
    uint32_t nothing;
} ctext_words;

/// Finds the n-grams that `ctext_word_hashes` hashed: each hash becomes the term, or `nothing`.
///
/// Up to CTEXT_TOKEN_SPARE bytes behind where a token begins are read.
void ctext_word_find(
    int level, const ctext_words *words, const uint8_t *tokens, const uint32_t *starts,
    size_t count, size_t places, size_t shortest, size_t longest, uint32_t *hashes);

/// Counts terms that are found, as `ctext_term_count` does.
size_t ctext_found_count(
    int level, const uint32_t *ids, size_t ngrams, int32_t *before, int32_t *cells, uint32_t *met,
    size_t met_count);

/// Replaces each value by 1 + ln(value).
void ctext_sublinear(double *values, size_t count);

#ifdef __cplusplus
}
#endif

#endif
