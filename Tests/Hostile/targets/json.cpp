// CSimdJSON: records and names, with each of simdjson's kernels that this machine has.
//
// The parser's memory is made for exactly the record's size. simdjson itself is the system's
// library, which is not instrumented.
#include "../hostile.h"
#include "CSimdJSON.h"

#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Names = std::vector<std::string>;

std::vector<request_json_name> pointers(const Names &names) {
    std::vector<request_json_name> result;
    for (const std::string &name : names) {
        result.push_back({reinterpret_cast<const uint8_t *>(name.data()), name.size()});
    }
    return result;
}

volatile unsigned touched;

template <typename Element> void touch(const Element *start, size_t count) {
    unsigned sum = 0;
    for (size_t at = 0; at < count; ++at) sum += start[at] != Element{};
    touched = sum;
}

/// Whether the bytes may stand between the quotes of a JSON string.
bool isInside(request_json_bytes text) {
    for (size_t at = 0; at < text.length; ++at) {
        if (text.start[at] < 0x20 || text.start[at] == '"') return false;
        if (text.start[at] == '\\' && ++at == text.length) return false;
    }
    return true;
}

/// Reads all that the result says is there.
void check(
    const request_json_result &result, uint32_t wanted, size_t numbers, size_t texts,
    size_t requestMax, size_t idMax) {
    if (result.status == REQUEST_JSON_OK) {
        hostile_expect(wanted == 0 || result.views != 0, "a good record without a view");
    } else {
        hostile_expect(result.views == 0, "a refused record with a view");
    }
    hostile_expect((result.views & ~wanted) == 0, "a view that nobody wants");
    hostile_expect(result.field >= 0 && result.field < REQUEST_JSON_FIELDS, "no such field");
    touch(result.text.start, result.text.length);
    touch(result.label.start, result.label.length);
    touch(result.decision.start, result.decision.length);
    touch(result.id.start, result.id.length);
    touch(result.client.start, result.client.length);
    hostile_expect(isInside(result.id), "an id that no string can hold");
    hostile_expect(result.id.length <= idMax * REQUEST_JSON_ESCAPE_FACTOR, "an id too long");
    touch(result.dense, result.dense_count);
    touch(result.sparse_indices, result.sparse_count);
    touch(result.sparse_values, result.sparse_count);
    for (size_t at = 1; at < result.sparse_count; ++at) {
        hostile_expect(
            result.sparse_indices[at - 1] < result.sparse_indices[at], "indices that do not rise");
    }
    if (result.views & REQUEST_JSON_VIEW_FIELDS) {
        for (size_t at = 0; at < numbers; ++at) {
            const double value = result.numbers[at];
            const bool isThere = result.states[at] == REQUEST_JSON_STATE_THERE;
            hostile_expect(isThere || value != value, "a field that is not there has a value");
        }
    }
    if (result.views & REQUEST_JSON_VIEW_NAMED_TEXTS) {
        for (size_t at = 0; at < texts; ++at) {
            const request_json_bytes text = result.texts[at];
            const uint8_t state = result.states[numbers + at];
            hostile_expect(state <= REQUEST_JSON_STATE_NOT_UTF8, "no such state");
            hostile_expect(
                (text.start != nullptr) == (state == REQUEST_JSON_STATE_THERE),
                "a text that is not there");
            hostile_expect(text.length <= requestMax, "a named text beyond its limit");
            touch(text.start, text.length);
        }
    }
    if (result.has_parts) {
        const size_t mark = result.query_length ? 1 : 0;
        const size_t whole = result.method_length + 1 + result.path_length + mark
            + result.query_length + 1 + result.body_length;
        hostile_expect(
            result.is_truncated ? result.text.length < whole : result.text.length == whole,
            "parts that do not make up the text");
    }
}

/// What is compared between kernels and between two readings of one record.
struct Outcome {
    int32_t status;
    int32_t field;
    uint32_t views;
    std::string text;
    std::string id;
    std::string client;
    std::vector<uint8_t> states;

    bool operator==(const Outcome &other) const {
        return status == other.status && field == other.field && views == other.views
            && text == other.text && id == other.id && client == other.client
            && states == other.states;
    }
};

std::string string(request_json_bytes bytes) {
    return bytes.length == 0
        ? std::string()
        : std::string(reinterpret_cast<const char *>(bytes.start), bytes.length);
}

struct Wants {
    uint32_t views;
    const Names &numbers;
    const Names &texts;
};

/// - Parameters `recordMax`, `requestMax`: the limits of the parser.
Outcome read(
    const uint8_t *bytes, size_t count, size_t recordMax, size_t requestMax, const Names &fields,
    const Wants &wants) {
    constexpr size_t idMax = 9;
    hostile_expect(fields.size() == REQUEST_JSON_FIELDS, "not a name for each field");
    const auto names = pointers(fields);
    const auto numbers = pointers(wants.numbers);
    request_json_parser *parser =
        request_json_create(recordMax, requestMax, idMax, names.data());
    const auto texts = pointers(wants.texts);
    request_json_wants *wanted = request_json_wants_create(
        recordMax, requestMax, wants.views, numbers.data(), numbers.size(), texts.data(),
        texts.size());
    Outcome outcome{-1, 0, 0, {}, {}, {}, {}};
    if (parser && wanted) {
        const request_json_result &result = *request_json_result_of(parser);
        request_json_parse(parser, bytes, count);
        check(result, REQUEST_JSON_VIEW_TEXT, 0, 0, requestMax, idMax);
        request_json_install(parser, wanted);
        for (int turn = 0; turn < 2; ++turn) {
            request_json_parse(parser, bytes, count);
            check(result, wants.views, numbers.size(), texts.size(), requestMax, idMax);
            hostile_expect(result.text.length <= requestMax, "a text beyond its limit");
            hostile_expect(
                !result.is_truncated || !texts.empty() || result.text.length + 3 >= requestMax,
                "a text cut far before its limit");
            Outcome now{result.status, result.field, result.views, string(result.text),
                        string(result.id), string(result.client), {}};
            if (result.views & REQUEST_JSON_VIEW_FIELDS) {
                now.states.assign(result.states, result.states + numbers.size() + texts.size());
            }
            if (result.views & REQUEST_JSON_VIEW_NAMED_TEXTS) {
                for (size_t at = 0; at < texts.size(); ++at) {
                    now.text += '|' + string(result.texts[at]);
                }
            }
            hostile_expect(turn == 0 || now == outcome, "a record read twice is two records");
            outcome = now;
        }
    }
    request_json_destroy(parser);
    request_json_wants_destroy(wanted);
    return outcome;
}

/// Whether a record is refused for itself, and not for what is wanted of it.
bool isRefused(const Outcome &outcome) {
    return outcome.status >= REQUEST_JSON_NULL && outcome.status <= REQUEST_JSON_DUPLICATE;
}

/// Where named fields are wanted, even none of them, records are read with simdjson's index, and
/// elsewhere without it: both find the same.
void readBothWays(
    const uint8_t *bytes, size_t count, const Names &fields, const Wants &wants) {
    static const Names none;
    const Outcome outcome = read(bytes, count, count, count, fields, wants);
    const Outcome indexed = read(
        bytes, count, count, count, fields, {wants.views | REQUEST_JSON_VIEW_FIELDS, none, none});
    // Half of a surrogate pair in a text, and a field that stands there twice, take a view away; they
    // are told where no view is left, and here that of fields always is.
    const bool isOfView = outcome.status == REQUEST_JSON_NOT_UTF8
        || outcome.status == REQUEST_JSON_DUPLICATE;
    hostile_expect(
        isRefused(indexed) ? isRefused(outcome) : !isRefused(outcome) || isOfView,
        "a record is good in one way of reading alone");
    hostile_expect(
        (indexed.views & wants.views) == outcome.views && indexed.text == outcome.text
            && indexed.id == outcome.id && indexed.client == outcome.client,
        "a record is another one in the other way of reading");
}

/// Reads the record with each kernel, with memory for it and with memory for less.
void readWithAll(const uint8_t *bytes, size_t count, const Names &fields, const Wants &wants) {
    bool isFirst = true;
    Outcome first{};
    for (const simdjson::implementation *kernel : simdjson::get_available_implementations()) {
        if (!kernel->supported_by_runtime_system()) continue;
        simdjson::get_active_implementation() = kernel;
        Outcome outcome = read(bytes, count, count, count, fields, wants);
        // The kernels look for what makes a record no JSON in another order, so that of several
        // reasons they tell another one; but all of them refuse it.
        if (outcome.status >= REQUEST_JSON_NOT_JSON && outcome.status <= REQUEST_JSON_TOO_DEEP) {
            outcome.status = REQUEST_JSON_NOT_JSON;
        }
        hostile_expect(isFirst || outcome == first, "simdjson's kernels do not agree");
        first = outcome;
        isFirst = false;
    }
    constexpr uint32_t named = REQUEST_JSON_VIEW_FIELDS | REQUEST_JSON_VIEW_NAMED_TEXTS;
    if (!(wants.views & named)) readBothWays(bytes, count, fields, wants);
    if (count > 0) {
        read(bytes, count, count, (count + 1) / 2, fields, wants);
        read(bytes, count, count, 1, fields, wants);
        const Outcome outcome = read(bytes, count, count - 1, count - 1, fields, wants);
        hostile_expect(
            outcome.status == -1 || outcome.status == REQUEST_JSON_TOO_LARGE,
            "a record above the limit is read");
    }
}

/// Bytes as the inside of a string, with room to the byte, and back through a record.
void escapeAndRead(const uint8_t *bytes, size_t count) {
    if (count > 4096) count = 4096;
    const size_t most = count * REQUEST_JSON_ESCAPE_FACTOR;
    auto *room = static_cast<uint8_t *>(hostile_memory(most));
    const ptrdiff_t length = request_json_escape(bytes, count, room, most);
    hostile_expect(length >= 0, "escaping has no room");
    const auto used = static_cast<size_t>(length);
    auto *exact = static_cast<uint8_t *>(hostile_memory(used));
    hostile_expect(
        request_json_escape(bytes, count, exact, used) == length, "escaping needs more room");
    if (used > 0) {
        auto *less = static_cast<uint8_t *>(hostile_memory(used - 1));
        hostile_expect(
            request_json_escape(bytes, count, less, used - 1) == -1, "escaping without room");
        free(less);
    }
    std::string record = "{\"text\":\"";
    record.append(reinterpret_cast<const char *>(exact), used);
    record += "\"}";
    Names fields(REQUEST_JSON_FIELDS);
    fields[REQUEST_JSON_ID] = "id";
    fields[REQUEST_JSON_TEXT] = "text";
    const Names none;
    const auto *start = reinterpret_cast<const uint8_t *>(record.data());
    const Outcome outcome
        = read(
            start, record.size(), record.size(), record.size(), fields,
            {REQUEST_JSON_VIEW_TEXT, none, none});
    hostile_expect(outcome.status == REQUEST_JSON_OK, "what was escaped is another record");
    hostile_expect(
        outcome.text == std::string(reinterpret_cast<const char *>(bytes), count),
        "what was escaped reads back as another text");
    free(room);
    free(exact);
}

/// Bytes as UTF-8, with room to the byte.
void clean(const uint8_t *bytes, size_t count) {
    if (count > 4096) count = 4096;
    const bool isText = simdjson::validate_utf8(reinterpret_cast<const char *>(bytes), count);
    for (const size_t limit : {size_t{0}, size_t{7}, count, count * 3}) {
        auto *room = static_cast<uint8_t *>(hostile_memory(limit));
        const size_t used = request_json_clean_utf8(bytes, count, room, limit);
        hostile_expect(used <= limit, "cleaning writes more than it may");
        hostile_expect(
            simdjson::validate_utf8(reinterpret_cast<const char *>(room), used),
            "what was cleaned is no UTF-8");
        hostile_expect(
            !isText || limit < count || (used == count && std::memcmp(room, bytes, count) == 0),
            "cleaning changes a text");
        free(room);
    }
}

/// The longest number that the bytes begin with, against strtod.
void number(const uint8_t *bytes, size_t count) {
    size_t at = 0;
    const auto digits = [&] {
        const size_t start = at;
        while (at < count && bytes[at] >= '0' && bytes[at] <= '9') ++at;
        return at > start;
    };
    if (at < count && bytes[at] == '-') ++at;
    if (!digits()) return;
    size_t length = at;
    if (at < count && bytes[at] == '.' && (++at, digits())) length = at;
    at = length;
    if (at < count && (bytes[at] | 0x20) == 'e') {
        ++at;
        if (at < count && (bytes[at] == '+' || bytes[at] == '-')) ++at;
        if (digits()) length = at;
    }
    auto *exact = static_cast<uint8_t *>(hostile_memory(length));
    std::memcpy(exact, bytes, length);
    const std::string text(reinterpret_cast<const char *>(bytes), length);
    hostile_expect(
        hostile_same(request_number(exact, length), std::strtod(text.c_str(), nullptr)),
        "a number is another one than strtod's");
    free(exact);
}

}  // namespace

void hostile_json(const uint8_t *bytes, size_t count) {
    static const Names plain = {
        "id", "method", "path", "query", "body", "text", "text_b64", "x", "svm", "label", "decision",
        "client",
    };
    static const Names dotted = {
        "a.id", "http.method", "http.path", "http.url.query", "a.b.c.d.e.f.g.h", "a", "a.b",
        "http.x", "http.svm", "", "id", "http.client",
    };
    static const Names none;
    static const Names numbers = {"a", "a.b", "b.c", "b.c.d", "n", "a.b.c.d.e.f.g.h", "id", "x"};
    constexpr uint32_t all = REQUEST_JSON_VIEW_TEXT | REQUEST_JSON_VIEW_FIELDS
        | REQUEST_JSON_VIEW_DENSE | REQUEST_JSON_VIEW_SPARSE;
    readWithAll(bytes, count, plain, {REQUEST_JSON_VIEW_TEXT, none, none});
    readWithAll(
        bytes, count, plain, {REQUEST_JSON_VIEW_DENSE | REQUEST_JSON_VIEW_SPARSE, none, none});
    readWithAll(bytes, count, dotted, {all, numbers, none});
    readWithAll(
        bytes, count, plain,
        {REQUEST_JSON_VIEW_FIELDS | REQUEST_JSON_VIEW_NAMED_TEXTS, numbers, numbers});
    escapeAndRead(bytes, count);
    clean(bytes, count);
    number(bytes, count);
}

/// Lines up to an empty one are names, first those of the fields; the rest is the record.
void hostile_names(const uint8_t *bytes, size_t count) {
    constexpr size_t namesMax = 2048;
    Names fields, numbers;
    size_t at = 0;
    while (at < count && fields.size() + numbers.size() < namesMax) {
        const auto *newline = static_cast<const uint8_t *>(std::memchr(bytes + at, '\n', count - at));
        const size_t length = newline ? static_cast<size_t>(newline - (bytes + at)) : count - at;
        const std::string name(reinterpret_cast<const char *>(bytes + at), length);
        at += length + (newline ? 1 : 0);
        if (name.empty()) break;
        (fields.size() < REQUEST_JSON_FIELDS ? fields : numbers).push_back(name);
    }
    fields.resize(REQUEST_JSON_FIELDS);
    static const Names none;
    constexpr uint32_t named = REQUEST_JSON_VIEW_TEXT | REQUEST_JSON_VIEW_FIELDS;
    readWithAll(bytes + at, count - at, fields, {named, numbers, none});
    readWithAll(
        bytes + at, count - at, fields, {named | REQUEST_JSON_VIEW_NAMED_TEXTS, numbers, numbers});
}
