// One call turns one JSON record into the text of a request. Only the room Inputs imports this.
//
// A record is read in one pass of our own (Scan), which takes what is JSON and nothing else. What it
// does not take, and records of which named fields are wanted, simdjson finds the structure of (and
// checks UTF-8, quotes and control characters) with SIMD; the walk over that structure is ours too
// (Walk), and tells what is wrong. Neither of simdjson's own walks fits hostile records: on-demand
// skips what is not asked for, so that garbage behind the needed fields passes, and the DOM refuses
// valid JSON (integers above 64 bits) while it hides repeated keys.
#ifndef SWERVE_CSIMDJSON_H
#define SWERVE_CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The fields that mean something, in the order of the names given at creation.
enum request_json_field {
    REQUEST_JSON_ID,
    REQUEST_JSON_METHOD,
    REQUEST_JSON_PATH,
    REQUEST_JSON_QUERY,
    REQUEST_JSON_BODY,
    REQUEST_JSON_TEXT,
    REQUEST_JSON_TEXT_BASE64,
    REQUEST_JSON_DENSE,
    REQUEST_JSON_SPARSE,
    REQUEST_JSON_LABEL,
    REQUEST_JSON_DECISION,
    /// Who sent the request; nothing that stands there refuses a record.
    REQUEST_JSON_CLIENT,
    REQUEST_JSON_FIELDS
};

/// What became of a record. Those marked (field) name the field in the result.
enum request_json_status {
    REQUEST_JSON_OK,
    /// No record at all: a tombstone.
    REQUEST_JSON_NULL,
    REQUEST_JSON_EMPTY,
    /// The record, or the numbers (field), take more bytes than `place` says.
    REQUEST_JSON_TOO_LARGE,
    REQUEST_JSON_NOT_JSON,
    REQUEST_JSON_NOT_UTF8,
    REQUEST_JSON_NOT_AN_OBJECT,
    REQUEST_JSON_TRAILING_CONTENT,
    /// At the byte `place`, counted from 0, one object or array too many opens.
    REQUEST_JSON_TOO_DEEP,
    /// (field) Twice in one object: parsers differ in which one counts.
    REQUEST_JSON_DUPLICATE,
    /// (field) Absent or null, and required.
    REQUEST_JSON_MISSING,
    /// (field)
    REQUEST_JSON_WRONG_TYPE,
    REQUEST_JSON_BAD_BASE64,
    /// (field) Numbers (`x`, `svm`) where text is needed.
    REQUEST_JSON_NUMBERS,
    /// (field) An element of the array, counted from 0 in `place`, is no number.
    REQUEST_JSON_NOT_A_NUMBER,
    /// (field) No `index:value` begins at the byte `place`, counted from 0.
    REQUEST_JSON_BAD_PAIR,
    /// (field) The index at the byte `place` is not above the one before it.
    REQUEST_JSON_PAIR_ORDER
};

/// What records are read for, in bits.
enum request_json_view {
    REQUEST_JSON_VIEW_TEXT = 1,
    REQUEST_JSON_VIEW_FIELDS = 2,
    REQUEST_JSON_VIEW_DENSE = 4,
    REQUEST_JSON_VIEW_SPARSE = 8,
    REQUEST_JSON_VIEW_NAMED_TEXTS = 16,
    /// Of the text that alone which the record gives as one, and none made of a request's parts;
    /// what is given is VIEW_TEXT.
    REQUEST_JSON_VIEW_PLAIN_TEXT = 32,
    /// Beside SPARSE: its indices may begin at 0.
    REQUEST_JSON_INDEX_ZERO = 64
};

/// What became of a named field.
enum request_json_state {
    /// Absent or null: the number is NaN, the text NULL.
    REQUEST_JSON_STATE_ABSENT,
    REQUEST_JSON_STATE_THERE,
    /// Neither null nor what is wanted: a number, true or false; a string. Or no object where its
    /// name leads through one.
    REQUEST_JSON_STATE_WRONG_TYPE,
    /// It, or an object on the way to it, stands there twice.
    REQUEST_JSON_STATE_DUPLICATE,
    /// Its name has dots, and the record has both a key that is the name and the value that the
    /// parts of the name lead to.
    REQUEST_JSON_STATE_BOTH,
    /// A text that escapes half of a surrogate pair.
    REQUEST_JSON_STATE_NOT_UTF8
};

/// Objects and arrays inside one another, the outermost included.
#define REQUEST_JSON_DEPTH_MAX 512
/// Parts of a dotted field name.
#define REQUEST_JSON_NAME_PARTS_MAX 8
/// Named numeric fields of one parser, and named texts.
#define REQUEST_JSON_NAMED_MAX 65536
/// Bytes that escaping can make of one.
#define REQUEST_JSON_ESCAPE_FACTOR 6

/// A dotted field name in UTF-8; length 0: the field is not looked for.
typedef struct request_json_name {
    const uint8_t *bytes;
    size_t length;
} request_json_name;

/// Bytes in the parser's own memory; `start` is NULL where there is nothing.
typedef struct request_json_bytes {
    const uint8_t *start;
    size_t length;
} request_json_bytes;

/// Why a view is not there; status OK where it is.
typedef struct request_json_fault {
    int32_t status;
    int32_t field;
    size_t place;
} request_json_fault;

typedef struct request_json_result {
    /// OK when at least one of the views that are wanted is there, else why the first is not.
    int32_t status;
    int32_t field;
    size_t place;
    /// The views that are there.
    uint32_t views;
    request_json_fault text_fault;
    request_json_fault dense_fault;
    request_json_fault sparse_fault;
    request_json_bytes text;
    /// A text was longer than a request may be, and what is given is its beginning.
    int32_t is_truncated;
    /// The lengths of the parts in a text that was made of them, before it was cut; not set for a
    /// text given as it is.
    int32_t has_parts;
    size_t method_length;
    size_t path_length;
    size_t query_length;
    size_t body_length;
    const double *dense;
    size_t dense_count;
    /// Counted from 0.
    const uint32_t *sparse_indices;
    const double *sparse_values;
    size_t sparse_count;
    /// One a named number, in the order of `request_json_wants_create`.
    const double *numbers;
    /// The same of named texts: UTF-8, or where the record had bytes that are none, those bytes.
    const request_json_bytes *texts;
    /// `request_json_state`, of the numbers first.
    const uint8_t *states;
    /// The record's id, escaped, without quotes. Also set for a record that is refused for what it
    /// says (not for being no JSON), so that the refusal can name it.
    request_json_bytes id;
    /// The values of these fields as they stand in the record; for strings with their quotes.
    request_json_bytes label;
    request_json_bytes decision;
    /// The client: a string out of its escapes, or a number as it stands there. NULL for anything
    /// else, and where the field stands there twice.
    request_json_bytes client;
} request_json_result;

typedef struct request_json_parser request_json_parser;

/// Makes a parser for records of at most `record_bytes`, with everything it will ever allocate.
/// Texts are cut to `request_bytes`, between code points; longer numbers are refused.
/// `names` has REQUEST_JSON_FIELDS entries. Answers NULL when memory is short or a name is not one
/// (an empty part, more than REQUEST_JSON_NAME_PARTS_MAX parts).
request_json_parser *request_json_create(
    size_t record_bytes, size_t request_bytes, size_t id_bytes_max,
    const request_json_name *names);
void request_json_destroy(request_json_parser *parser);

/// Whether bytes that are no UTF-8 are read where they stand in the value of a string, as they are;
/// a new parser does. Elsewhere, and otherwise, such a record is NOT_UTF8. Only a record with such
/// bytes is looked at twice.
void request_json_keep_invalid_utf8(request_json_parser *parser, int32_t keeps);

/// What records are read for, and all memory that reading for it needs.
typedef struct request_json_wants request_json_wants;

/// Makes ready what requests of at most `request_bytes` in records of at most `record_bytes` are
/// read for, in bits of `request_json_view`. There are at most REQUEST_JSON_NAMED_MAX names of
/// numbers, and of texts; a name with dots is a key itself, or leads into objects. Answers NULL when
/// memory is short or a name is none.
request_json_wants *request_json_wants_create(
    size_t record_bytes, size_t request_bytes, uint32_t views, const request_json_name *numbers,
    size_t number_count, const request_json_name *texts, size_t text_count);
void request_json_wants_destroy(request_json_wants *wants);

/// Reads records for `wants` from now on; cannot fail. They were made for the parser's limit at
/// least, are installed in one parser alone, and live until others are installed or the parser is
/// destroyed. A new parser reads for the text alone.
void request_json_install(request_json_parser *parser, request_json_wants *wants);

/// What became of the last record: one address for the life of the parser, its content (and what it
/// points to) replaced by each record.
const request_json_result *request_json_result_of(const request_json_parser *parser);

/// Reads one record, NULL for a tombstone, and answers the status in the result. Never allocates.
int32_t request_json_parse(request_json_parser *parser, const uint8_t *record, size_t length);

/// Writes `length` bytes of UTF-8 as the inside of a JSON string and answers the bytes written, or
/// -1, having written at most `capacity`, when they do not fit.
ptrdiff_t request_json_escape(
    const uint8_t *bytes, size_t length, uint8_t *destination, size_t capacity);

/// Writes `bytes` as UTF-8, with U+FFFD for what is none, as far as whole characters fit into
/// `limit` bytes, and answers how many it wrote.
size_t request_json_clean_utf8(
    const uint8_t *bytes, size_t length, uint8_t *destination, size_t limit);

/// The double nearest to `-?digits[.digits][(e|E)[+-]digits]`, which the caller has checked; beyond
/// a double infinity or 0. Nothing behind `length` bytes is read.
double request_number(const uint8_t *bytes, size_t length);

/// Decodes RFC 4648 base64 with padding and nothing else, and answers the bytes, or -1 for what is
/// none. `destination` has room for three quarters of `length`, and may be `bytes`.
ptrdiff_t request_base64(const uint8_t *bytes, size_t length, uint8_t *destination);

/// Reads LIBSVM's `index:value` between white space, indices ascending from `least`, 1 or 0; each is
/// written as one less, and so 0 as the largest number there is. The byte at `bytes[length]` is 0. There is room for `length / 4 + 1` of both.
/// Answers OK with their `count`, or BAD_PAIR or PAIR_ORDER with the `place` of the pair, from 0.
int32_t request_pairs(
    const uint8_t *bytes, size_t length, uint32_t least, uint32_t *indices, double *values,
    size_t *count, size_t *place);

#ifdef __cplusplus
}
#endif

#endif
