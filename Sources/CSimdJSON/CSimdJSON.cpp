#include "include/CSimdJSON.h"

#include "Bytes.hpp"
#include "FieldNames.hpp"
#include "NamedFields.hpp"
#include "Numbers.hpp"
#include "Scan.hpp"
#include "Strings.hpp"
#include "Walk.hpp"

// Errors are codes here; nothing of ours throws.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

using namespace swerve;

namespace {

struct Free {
    template <typename Element> void operator()(Element *memory) const noexcept {
        std::free(memory);
    }
};

/// Not cleared: what no record reaches costs address space, not memory.
template <typename Element> using Block = std::unique_ptr<Element, Free>;
using Buffer = Block<uint8_t>;

template <typename Element> Block<Element> allocateBlock(size_t count) noexcept {
    return Block<Element>(static_cast<Element *>(std::malloc(count * sizeof(Element))));
}

Buffer allocate(size_t bytes) noexcept { return allocateBlock<uint8_t>(bytes); }

bool isUTF8(const uint8_t *bytes, size_t length) noexcept {
    return simdjson::validate_utf8(reinterpret_cast<const char *>(bytes), length);
}

/// What the text has beside its parts: a space, a question mark and a line break.
constexpr size_t separatorBytes = 3;

/// Behind a record and behind a text.
constexpr size_t padding =
    scanPadding > simdjson::SIMDJSON_PADDING ? scanPadding : simdjson::SIMDJSON_PADDING;

/// What a record can be read for without simdjson's index of it.
constexpr uint32_t scannedViews =
    REQUEST_JSON_VIEW_TEXT | REQUEST_JSON_VIEW_PLAIN_TEXT | REQUEST_JSON_VIEW_DENSE
    | REQUEST_JSON_VIEW_SPARSE;

/// Offsets are 32 bits wide; 1 GiB is far below, and no sum of sizes here overflows.
constexpr size_t sizeMax = size_t{1} << 30;

}  // namespace

struct request_json_wants {
    /// The views that are wanted, and the memory that they need.
    uint32_t views = REQUEST_JSON_VIEW_TEXT;
    Block<double> dense;
    Block<uint32_t> sparseIndices;
    Block<double> sparseValues;
    /// `svm` out of its escapes.
    Buffer plainSparse;
    /// Named texts out of their escapes, one behind the other.
    Buffer plainTexts;
    NamedFields named;

    bool set(
        size_t recordLimit, size_t limit, uint32_t wanted, const request_json_name *numbers,
        size_t numberCount, const request_json_name *texts, size_t textCount);
};

bool request_json_wants::set(
    size_t recordLimit, size_t limit, uint32_t wanted, const request_json_name *numbers,
    size_t numberCount, const request_json_name *texts, size_t textCount) {
    if (numberCount > REQUEST_JSON_NAMED_MAX || textCount > REQUEST_JSON_NAMED_MAX) return false;
    if (!named.set(numbers, numberCount, texts, textCount, limit)) return false;
    views = wanted;
    if (textCount != 0) {
        plainTexts = allocate(recordLimit + 1);
        if (!plainTexts) return false;
    }
    // No number takes less than two bytes of the request, no pair less than four.
    if (views & REQUEST_JSON_VIEW_DENSE) {
        dense = allocateBlock<double>(limit / 2 + 1);
        if (!dense) return false;
    }
    if (views & REQUEST_JSON_VIEW_SPARSE) {
        sparseIndices = allocateBlock<uint32_t>(limit / 4 + 1);
        sparseValues = allocateBlock<double>(limit / 4 + 1);
        plainSparse = allocate(limit + 1);
        if (!sparseIndices || !sparseValues || !plainSparse) return false;
    }
    return true;
}

struct request_json_parser {
    /// Bytes of a record, and of the text or the numbers in it.
    size_t recordLimit = 0;
    size_t requestLimit = 0;
    size_t idLimit = 0;
    FieldNames names;
    std::unique_ptr<simdjson::internal::dom_parser_implementation> indexer;
    /// The record and the padding.
    Buffer record;
    /// The same with placeholders for bytes that are no UTF-8, where a record has such.
    Buffer masked;
    bool keepsInvalidUTF8 = true;
    /// Whether the record at hand has such bytes, so that its id is to be made UTF-8.
    bool isCleaned = false;
    /// The text; while the walk is on, its scratch space.
    Buffer text;
    /// An id out of its escapes, and the id as it goes into the prediction.
    Buffer plainID;
    Buffer cleanID;
    Buffer id;
    /// A client out of its escapes; none where no client is looked for.
    Buffer plainClient;
    /// What a new parser wants: the text alone.
    request_json_wants textAlone;
    request_json_wants *wants = &textAlone;
    request_json_result result{};

    bool set(
        size_t recordBytes, size_t requestBytes, size_t idBytesMax,
        const request_json_name *fieldNames);
    request_json_status parse(const uint8_t *bytes, size_t length) noexcept;

private:
    request_json_status index(const uint8_t *bytes, size_t length) noexcept;
    request_json_status read(const Document &document) noexcept;
    request_json_status take(const FoundFields &found, const Document &document) noexcept;
    request_json_status parseMasked(size_t length) noexcept;
    Document document(const uint8_t *bytes, size_t length, const uint8_t *unmasked) const noexcept;
    request_json_status takeID(const Value &value) noexcept;
    void takeClient(const FoundFields &found) noexcept;
    request_json_status takeViews(const FoundFields &found, const Document &document) noexcept;
    void settle(uint32_t view, request_json_status status, request_json_fault *fault) noexcept;
    request_json_status takeDense(const FoundFields &found) noexcept;
    request_json_status takeSparse(const FoundFields &found) noexcept;
    request_json_status takeText(const FoundFields &found) noexcept;
    request_json_status takeRequest(const FoundFields &found) noexcept;
    bool isTooLong(const Value &value) noexcept;
    void giveText(size_t length) noexcept;
    request_json_status append(const FoundFields &found, int field, size_t *used) noexcept;
    request_json_bytes raw(const Value &value) const noexcept;
};

bool request_json_parser::set(
    size_t recordBytes, size_t requestBytes, size_t idBytesMax,
    const request_json_name *fieldNames) {
    recordLimit = recordBytes;
    requestLimit = requestBytes;
    idLimit = idBytesMax;
    if (!names.set(fieldNames)) return false;
    record = allocate(recordLimit + padding);
    masked = allocate(recordLimit + padding);
    text = allocate(recordLimit + separatorBytes + padding);
    plainID = allocate(recordLimit + 1);
    cleanID = allocate(idLimit + padding);
    id = allocate(idLimit * REQUEST_JSON_ESCAPE_FACTOR + padding);
    if (!record || !masked || !text || !plainID || !cleanID || !id) return false;
    if (fieldNames[REQUEST_JSON_CLIENT].length != 0) {
        plainClient = allocate(recordLimit + 1);
        if (!plainClient) return false;
    }
    // The depth is simdjson's own for a stage that is not used; ours is checked in the walk.
    return simdjson::get_active_implementation()->create_dom_parser_implementation(
        recordLimit + 1, 1, indexer) == simdjson::SUCCESS;
}

/// Finds the structure of the record in `bytes`, which have simdjson's padding.
request_json_status request_json_parser::index(const uint8_t *bytes, size_t length) noexcept {
    switch (indexer->stage1(bytes, length, simdjson::stage1_mode::regular)) {
    case simdjson::SUCCESS: break;
    case simdjson::UTF8_ERROR:
        // One of simdjson's kernels says so of some texts that are UTF-8, and no JSON.
        return isUTF8(bytes, length) ? REQUEST_JSON_NOT_JSON : REQUEST_JSON_NOT_UTF8;
    default: return REQUEST_JSON_NOT_JSON;
    }
    // The walk relies on it, so it does not depend on how simdjson ends its list.
    indexer->structural_indexes[indexer->n_structural_indexes] = static_cast<uint32_t>(length);
    return REQUEST_JSON_OK;
}

Document request_json_parser::document(
    const uint8_t *bytes, size_t length, const uint8_t *unmasked) const noexcept {
    return Document{
        bytes, indexer->structural_indexes.get(), indexer->n_structural_indexes,
        std::memchr(bytes, '\\', length) != nullptr, unmasked};
}

request_json_status request_json_parser::parse(const uint8_t *bytes, size_t length) noexcept {
    if (bytes == nullptr) return REQUEST_JSON_NULL;
    if (length > recordLimit) {
        result.place = recordLimit;
        return REQUEST_JSON_TOO_LARGE;
    }
    if (length == 0) return REQUEST_JSON_EMPTY;
    std::memcpy(record.get(), bytes, length);
    std::memset(record.get() + length, 0, padding);
    if ((wants->views & ~scannedViews) == 0) {
        Scan scan(record.get(), length, names, text.get());
        // What it does not take is read again: only then it is known what is wrong.
        if (scan.run() && (!scan.mayLeaveASCII() || isUTF8(record.get(), length))) {
            return take(scan, Document{});
        }
    }
    const request_json_status status = index(record.get(), length);
    if (status == REQUEST_JSON_NOT_UTF8 && keepsInvalidUTF8) return parseMasked(length);
    if (status != REQUEST_JSON_OK) return status;
    return read(document(record.get(), length, nullptr));
}

/// Reads a record that is no UTF-8: its grammar with a placeholder for each such byte, and its
/// strings as they came. The placeholder is nothing that grammar has outside of strings.
request_json_status request_json_parser::parseMasked(size_t length) noexcept {
    std::memcpy(masked.get(), record.get(), length + padding);
    maskInvalidUTF8(masked.get(), length, '?');
    const request_json_status status = index(masked.get(), length);
    if (status != REQUEST_JSON_OK) return REQUEST_JSON_NOT_UTF8;
    const request_json_status outcome = read(document(masked.get(), length, record.get()));
    return outcome == REQUEST_JSON_NOT_JSON ? REQUEST_JSON_NOT_UTF8 : outcome;
}

/// Finds the fields of the record; what is wrong with it is told.
request_json_status request_json_parser::read(const Document &document) noexcept {
    Walk walk(document, names, text.get());
    const request_json_status status = walk.run();
    if (status == REQUEST_JSON_TOO_DEEP) result.place = walk.place();
    if (status != REQUEST_JSON_OK) return status;
    return take(walk, document);
}

request_json_status request_json_parser::take(
    const FoundFields &found, const Document &document) noexcept {
    isCleaned = document.unmasked != nullptr;
    if (found.duplicate() >= 0) {
        result.field = found.duplicate();
        // With two ids neither is told.
        if (found.duplicate() != REQUEST_JSON_ID) takeID(found[REQUEST_JSON_ID]);
        return REQUEST_JSON_DUPLICATE;
    }
    result.field = REQUEST_JSON_ID;
    const request_json_status status = takeID(found[REQUEST_JSON_ID]);
    if (status != REQUEST_JSON_OK) return status;
    result.label = raw(found[REQUEST_JSON_LABEL]);
    result.decision = raw(found[REQUEST_JSON_DECISION]);
    takeClient(found);
    return takeViews(found, document);
}

/// Takes what is wanted; each view stands or falls by itself.
request_json_status request_json_parser::takeViews(
    const FoundFields &found, const Document &document) noexcept {
    // Before the text, whose memory is scratch until then.
    constexpr uint32_t named = REQUEST_JSON_VIEW_FIELDS | REQUEST_JSON_VIEW_NAMED_TEXTS;
    if (wants->views & named) {
        wants->named.take(document, text.get(), wants->plainTexts.get());
        result.numbers = wants->named.values();
        result.texts = wants->named.texts();
        result.states = wants->named.states();
        result.is_truncated = wants->named.isCut();
        result.views |= wants->views & named;
    }
    if (wants->views & (REQUEST_JSON_VIEW_TEXT | REQUEST_JSON_VIEW_PLAIN_TEXT)) {
        settle(REQUEST_JSON_VIEW_TEXT, takeText(found), &result.text_fault);
    }
    if (wants->views & REQUEST_JSON_VIEW_DENSE) {
        settle(REQUEST_JSON_VIEW_DENSE, takeDense(found), &result.dense_fault);
    }
    if (wants->views & REQUEST_JSON_VIEW_SPARSE) {
        settle(REQUEST_JSON_VIEW_SPARSE, takeSparse(found), &result.sparse_fault);
    }
    if (result.views != 0 || wants->views == 0) return REQUEST_JSON_OK;
    for (const request_json_fault *fault :
         {&result.text_fault, &result.dense_fault, &result.sparse_fault}) {
        if (fault->status == REQUEST_JSON_OK) continue;
        result.field = fault->field;
        result.place = fault->place;
        return static_cast<request_json_status>(fault->status);
    }
    return REQUEST_JSON_OK;
}

/// Notes that a view is there, or why it is not.
void request_json_parser::settle(
    uint32_t view, request_json_status status, request_json_fault *fault) noexcept {
    if (status == REQUEST_JSON_OK) {
        result.views |= view;
    } else {
        *fault = {static_cast<int32_t>(status), result.field, result.place};
    }
}

/// Whether numbers take more bytes than a request may: their beginning would be other numbers.
bool request_json_parser::isTooLong(const Value &value) noexcept {
    if (value.end - value.start <= requestLimit) return false;
    result.place = requestLimit;
    return true;
}

request_json_status request_json_parser::takeDense(const FoundFields &found) noexcept {
    const Value &value = found[REQUEST_JSON_DENSE];
    result.field = REQUEST_JSON_DENSE;
    if (found.isRepeated(REQUEST_JSON_DENSE)) return REQUEST_JSON_DUPLICATE;
    if (value.isAbsent()) return REQUEST_JSON_MISSING;
    if (value.kind != '[') return REQUEST_JSON_WRONG_TYPE;
    if (isTooLong(value)) return REQUEST_JSON_TOO_LARGE;
    const bool isRead = readArray(
        record.get() + value.start + 1, record.get() + value.end - 1, wants->dense.get(),
        &result.dense_count);
    if (!isRead) {
        result.place = result.dense_count;
        result.dense_count = 0;
        return REQUEST_JSON_NOT_A_NUMBER;
    }
    result.dense = wants->dense.get();
    return REQUEST_JSON_OK;
}

request_json_status request_json_parser::takeSparse(const FoundFields &found) noexcept {
    const Value &value = found[REQUEST_JSON_SPARSE];
    result.field = REQUEST_JSON_SPARSE;
    if (found.isRepeated(REQUEST_JSON_SPARSE)) return REQUEST_JSON_DUPLICATE;
    if (value.isAbsent()) return REQUEST_JSON_MISSING;
    if (!value.isString()) return REQUEST_JSON_WRONG_TYPE;
    if (isTooLong(value)) return REQUEST_JSON_TOO_LARGE;
    const uint8_t *start = record.get() + value.start;
    size_t length = value.end - value.start;
    if (value.isEscaped) {
        if (unescape(start, start + length, wants->plainSparse.get(), &length) != Unescaped::ok) {
            return REQUEST_JSON_NOT_UTF8;
        }
        start = wants->plainSparse.get();
        // Where a number ends that is read again as text.
        wants->plainSparse.get()[length] = 0;
    }
    size_t count = 0;
    const uint32_t least = wants->views & REQUEST_JSON_INDEX_ZERO ? 0 : 1;
    const Pairs pairs =
        readPairs(start, start + length, least, wants->sparseIndices.get(), wants->sparseValues.get(),
                  &count, &result.place);
    if (pairs != Pairs::ok) {
        return pairs == Pairs::order ? REQUEST_JSON_PAIR_ORDER : REQUEST_JSON_BAD_PAIR;
    }
    result.sparse_indices = wants->sparseIndices.get();
    result.sparse_values = wants->sparseValues.get();
    result.sparse_count = count;
    return REQUEST_JSON_OK;
}

/// The value as it stands in the record.
request_json_bytes request_json_parser::raw(const Value &value) const noexcept {
    if (value.isAbsent()) return {nullptr, 0};
    const size_t quote = value.isString() ? 1 : 0;
    return {record.get() + value.start - quote, value.end - value.start + 2 * quote};
}

request_json_status request_json_parser::takeID(const Value &value) noexcept {
    if (value.isAbsent()) return REQUEST_JSON_OK;
    const uint8_t *start = record.get() + value.start;
    size_t length = value.end - value.start;
    if (!value.isString()) {
        // A number with a fraction or an exponent has more than one spelling: no name.
        const bool isNumber = value.kind == '-' || (value.kind >= '0' && value.kind <= '9');
        if (!isNumber) return REQUEST_JSON_WRONG_TYPE;
        for (size_t i = 1; i < length; ++i) {
            if (start[i] < '0' || start[i] > '9') return REQUEST_JSON_WRONG_TYPE;
        }
    }
    if (value.isString() && value.isEscaped) {
        if (unescape(start, start + length, plainID.get(), &length) != Unescaped::ok) {
            return REQUEST_JSON_NOT_UTF8;
        }
        start = plainID.get();
    }
    if (isCleaned && value.isString()) {
        length = cleanUTF8(start, length, cleanID.get(), idLimit);
        start = cleanID.get();
    }
    length = cutUTF8(start, length, idLimit);
    if (value.isString() && value.isEscaped) {
        // It fits: the buffer has room for the worst case.
        length = static_cast<size_t>(
            escape(start, length, id.get(), idLimit * REQUEST_JSON_ESCAPE_FACTOR));
    } else {
        copyLoosely(id.get(), start, length);
    }
    result.id = {id.get(), length};
    return REQUEST_JSON_OK;
}

/// The client, to tell its records from others'; bytes that are no UTF-8 are told apart as they are.
void request_json_parser::takeClient(const FoundFields &found) noexcept {
    const Value &value = found[REQUEST_JSON_CLIENT];
    const bool isNumber = value.kind == '-' || (value.kind >= '0' && value.kind <= '9');
    if (!value.isString() && !isNumber) return;
    if (found.isRepeated(REQUEST_JSON_CLIENT)) return;
    const uint8_t *start = record.get() + value.start;
    size_t length = value.end - value.start;
    if (value.isString() && value.isEscaped) {
        if (unescape(start, start + length, plainClient.get(), &length) != Unescaped::ok) return;
        start = plainClient.get();
    }
    result.client = {start, length};
}

/// The text as the record gives it, or made of the request's parts.
request_json_status request_json_parser::takeText(const FoundFields &found) noexcept {
    const bool hasText = !found[REQUEST_JSON_TEXT].isAbsent();
    const bool hasBase64 = !found[REQUEST_JSON_TEXT_BASE64].isAbsent();
    const int field = hasBase64 ? REQUEST_JSON_TEXT_BASE64 : REQUEST_JSON_TEXT;
    if (!hasText && !hasBase64) {
        if (wants->views & REQUEST_JSON_VIEW_TEXT) return takeRequest(found);
        result.field = field;
        return REQUEST_JSON_MISSING;
    }
    result.field = field;
    if (hasText && hasBase64) return REQUEST_JSON_DUPLICATE;
    size_t length = 0;
    const request_json_status status = append(found, field, &length);
    if (status != REQUEST_JSON_OK) return status;
    if (hasBase64 && !decodeBase64(text.get(), length, text.get(), &length)) {
        return REQUEST_JSON_BAD_BASE64;
    }
    giveText(length);
    return REQUEST_JSON_OK;
}

/// The text of so many bytes, or of what a request may have: whoever sends more is scored by that.
void request_json_parser::giveText(size_t length) noexcept {
    if (length > requestLimit) {
        result.is_truncated = 1;
        length = cutUTF8(text.get(), length, requestLimit);
    }
    result.text = {text.get(), length};
}

/// METHOD + " " + path + ("?" + query if query is not empty) + "\n" + body.
request_json_status request_json_parser::takeRequest(const FoundFields &found) noexcept {
    if (found[REQUEST_JSON_METHOD].isAbsent() && found[REQUEST_JSON_PATH].isAbsent()) {
        for (const int field : {REQUEST_JSON_DENSE, REQUEST_JSON_SPARSE}) {
            result.field = field;
            if (!found[field].isAbsent()) return REQUEST_JSON_NUMBERS;
        }
    }
    uint8_t *out = text.get();
    size_t used = 0;
    // Required means there, not filled: a record that came through with an empty path is scored
    // like any other, or an empty path would be a way around the scorer.
    for (const int field : {REQUEST_JSON_METHOD, REQUEST_JSON_PATH}) {
        result.field = field;
        if (found[field].isAbsent()) return REQUEST_JSON_MISSING;
    }
    request_json_status status = append(found, REQUEST_JSON_METHOD, &used);
    if (status != REQUEST_JSON_OK) return status;
    result.method_length = used;
    out[used++] = ' ';
    status = append(found, REQUEST_JSON_PATH, &used);
    if (status != REQUEST_JSON_OK) return status;
    result.path_length = used - result.method_length - 1;
    // An empty query takes its question mark back.
    out[used++] = '?';
    const size_t queryStart = used;
    status = append(found, REQUEST_JSON_QUERY, &used);
    if (status != REQUEST_JSON_OK) return status;
    result.query_length = used - queryStart;
    if (used == queryStart) --used;
    out[used++] = '\n';
    const size_t bodyStart = used;
    status = append(found, REQUEST_JSON_BODY, &used);
    if (status != REQUEST_JSON_OK) return status;
    result.body_length = used - bodyStart;
    result.has_parts = 1;
    giveText(used);
    return REQUEST_JSON_OK;
}

/// Adds a field's string to the text; an absent one adds nothing.
///
/// There is always room: no string is longer than it stands in the record, quotes aside, and each
/// field has a place of its own there.
request_json_status request_json_parser::append(
    const FoundFields &found, int field, size_t *used) noexcept {
    const Value &value = found[field];
    result.field = field;
    if (value.isAbsent()) return REQUEST_JSON_OK;
    if (!value.isString()) return REQUEST_JSON_WRONG_TYPE;
    const uint8_t *start = record.get() + value.start;
    size_t length = value.end - value.start;
    uint8_t *out = text.get() + *used;
    if (!value.isEscaped) {
        copyLoosely(out, start, length);
    } else if (unescape(start, start + length, out, &length) != Unescaped::ok) {
        return REQUEST_JSON_NOT_UTF8;
    }
    *used += length;
    return REQUEST_JSON_OK;
}

request_json_parser *request_json_create(
    size_t record_bytes, size_t request_bytes, size_t id_bytes_max,
    const request_json_name *names) {
    if (record_bytes > sizeMax || request_bytes > record_bytes || id_bytes_max > sizeMax) {
        return nullptr;
    }
    try {
        auto parser = std::make_unique<request_json_parser>();
        return parser->set(record_bytes, request_bytes, id_bytes_max, names) ? parser.release() : nullptr;
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}

request_json_wants *request_json_wants_create(
    size_t record_bytes, size_t request_bytes, uint32_t views, const request_json_name *numbers,
    size_t number_count, const request_json_name *texts, size_t text_count) {
    if (record_bytes > sizeMax || request_bytes > sizeMax) return nullptr;
    try {
        auto wants = std::make_unique<request_json_wants>();
        const bool isSet = wants->set(
            record_bytes, request_bytes, views, numbers, number_count, texts, text_count);
        return isSet ? wants.release() : nullptr;
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}

void request_json_wants_destroy(request_json_wants *wants) { delete wants; }

void request_json_install(request_json_parser *parser, request_json_wants *wants) {
    parser->wants = wants;
    // It may point into the memory of what was wanted before.
    parser->result = request_json_result{};
}

void request_json_destroy(request_json_parser *parser) { delete parser; }

void request_json_keep_invalid_utf8(request_json_parser *parser, int32_t keeps) {
    parser->keepsInvalidUTF8 = keeps != 0;
}

const request_json_result *request_json_result_of(const request_json_parser *parser) {
    return &parser->result;
}

int32_t request_json_parse(request_json_parser *parser, const uint8_t *record, size_t length) {
    parser->result = request_json_result{};
    parser->result.status = parser->parse(record, length);
    return parser->result.status;
}

ptrdiff_t request_json_escape(
    const uint8_t *bytes, size_t length, uint8_t *destination, size_t capacity) {
    return escape(bytes, length, destination, capacity);
}

size_t request_json_clean_utf8(
    const uint8_t *bytes, size_t length, uint8_t *destination, size_t limit) {
    return cleanUTF8(bytes, length, destination, limit);
}

ptrdiff_t request_base64(const uint8_t *bytes, size_t length, uint8_t *destination) {
    size_t written = 0;
    return decodeBase64(bytes, length, destination, &written)
               ? static_cast<ptrdiff_t>(written)
               : -1;
}

int32_t request_pairs(
    const uint8_t *bytes, size_t length, uint32_t least, uint32_t *indices, double *values,
    size_t *count, size_t *place) {
    *count = 0;
    *place = 0;
    switch (readPairs(bytes, bytes + length, least, indices, values, count, place)) {
    case Pairs::ok: return REQUEST_JSON_OK;
    case Pairs::order: return REQUEST_JSON_PAIR_ORDER;
    default: return REQUEST_JSON_BAD_PAIR;
    }
}

double request_number(const uint8_t *bytes, size_t length) {
    return readPlainNumber(bytes, length);
}
