#include "NumericFields.hpp"

#include "Bytes.hpp"
#include "Numbers.hpp"
#include "Strings.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace swerve {
namespace {

constexpr double absent = std::numeric_limits<double>::quiet_NaN();

uint64_t mixed(uint64_t hash) noexcept {
    hash = (hash ^ hash >> 32) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 32;
}

}  // namespace

bool NumericFields::set(const request_json_name *names, size_t count) {
    nodes_.assign(1, Node{});
    // Room for all parts of all names, so that the table never grows.
    size_t parts = 1;
    for (size_t field = 0; field < count; ++field) {
        const request_json_name &name = names[field];
        parts += 1 + static_cast<size_t>(std::count(name.bytes, name.bytes + name.length, '.'));
    }
    size_t size = 4;
    while (size < 2 * parts) size *= 2;
    slots_.assign(size, none);
    for (size_t field = 0; field < count; ++field) {
        if (!add(names[field], static_cast<int32_t>(field))) return false;
    }
    values_.assign(count, absent);
    states_.assign(count, REQUEST_JSON_NUMBER_ABSENT);
    return true;
}

bool NumericFields::add(const request_json_name &name, int32_t field) {
    const auto *text = reinterpret_cast<const char *>(name.bytes);
    const char *end = text + name.length;
    int32_t node = 0;
    for (size_t level = 0;; ++level) {
        const auto *dot =
            static_cast<const char *>(std::memchr(text, '.', static_cast<size_t>(end - text)));
        const auto length = static_cast<size_t>((dot ? dot : end) - text);
        if (length == 0 || level == REQUEST_JSON_NAME_PARTS_MAX) return false;
        int32_t next = find(node, reinterpret_cast<const uint8_t *>(text), length);
        if (next == none) next = insert(node, text, length);
        node = next;
        nodes_[static_cast<size_t>(node)].fields.push_back(field);
        if (!dot) break;
        text = dot + 1;
    }
    Node &last = nodes_[static_cast<size_t>(node)];
    if (last.field != none) return false;
    last.field = field;
    return true;
}

/// Adds a node that is not there yet.
int32_t NumericFields::insert(int32_t parent, const char *part, size_t length) {
    const auto node = static_cast<int32_t>(nodes_.size());
    Node made;
    made.parent = parent;
    made.part.assign(part, length);
    nodes_.push_back(std::move(made));
    size_t at = slot(parent, reinterpret_cast<const uint8_t *>(part), length);
    while (slots_[at] != none) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = node;
    return node;
}

size_t NumericFields::slot(int32_t parent, const uint8_t *part, size_t length) const noexcept {
    // Every byte counts: names of one model are often alike but for some in the middle.
    uint64_t hash = static_cast<uint64_t>(parent) << 32 ^ length;
    const uint8_t *end = part + length;
    for (; end - part >= 8; part += 8) hash = mixed(hash ^ load<uint64_t>(part));
    uint64_t rest = 0;
    if (end - part >= 4) {
        // Overlapping where there are fewer than 8: the length tells them apart.
        rest = load<uint32_t>(part) | static_cast<uint64_t>(load<uint32_t>(end - 4)) << 32;
    } else {
        for (; part < end; ++part) rest = rest << 8 | *part;
    }
    return static_cast<size_t>(mixed(hash ^ rest)) & (slots_.size() - 1);
}

int32_t NumericFields::find(
    int32_t parent, const uint8_t *part, size_t length) const noexcept {
    for (size_t at = slot(parent, part, length);; at = (at + 1) & (slots_.size() - 1)) {
        const int32_t node = slots_[at];
        if (node == none) return none;
        const Node &found = nodes_[static_cast<size_t>(node)];
        if (found.parent == parent && found.part.size() == length &&
            std::memcmp(found.part.data(), part, length) == 0) {
            return node;
        }
    }
}

void NumericFields::take(const Document &document, uint8_t *scratch) noexcept {
    for (double &value : values_) value = absent;
    if (!states_.empty()) std::memset(states_.data(), REQUEST_JSON_NUMBER_ABSENT, states_.size());
    ++record_;
    struct Level {
        bool isObject;
        int32_t node;
    };
    Level levels[REQUEST_JSON_DEPTH_MAX];
    size_t depth = 0;
    bool isKey = false;
    // The node of the value to come; the record itself is where names begin.
    int32_t node = 0;
    for (uint32_t at = 0; at < document.count; ++at) {
        const uint8_t *value = document.bytes + document.structure[at];
        switch (*value) {
        case '{':
        case '[':
            if (*value == '[') keep(node, value);
            levels[depth++] = {*value == '{', *value == '{' ? node : none};
            isKey = *value == '{';
            if (isKey && node > 0 && nodes_[static_cast<size_t>(node)].field != none) {
                states_[static_cast<size_t>(nodes_[static_cast<size_t>(node)].field)] =
                    REQUEST_JSON_NUMBER_WRONG_TYPE;
            }
            node = none;
            break;
        case '}':
        case ']': --depth; break;
        case ',':
            isKey = levels[depth - 1].isObject;
            node = none;
            break;
        case ':': break;
        case '"':
            if (isKey) {
                isKey = false;
                node = key(document, at, levels[depth - 1].node, scratch);
                break;
            }
            [[fallthrough]];
        default: keep(node, value);
        }
    }
}

/// The node of the key at `at` in an object of `parent`, or none.
int32_t NumericFields::key(
    const Document &document, uint32_t at, int32_t parent, uint8_t *scratch) noexcept {
    uint32_t end;
    if (parent == none || !closingQuote(document.bytes, document.structure, at, &end)) return none;
    const uint8_t *text = document.bytes + document.structure[at] + 1;
    size_t length = end - document.structure[at] - 1;
    if (document.hasBackslash && std::memchr(text, '\\', length)) {
        if (unescape(text, text + length, scratch, &length) != Unescaped::ok) return none;
        text = scratch;
    }
    const int32_t node = find(parent, text, length);
    if (node == none) return none;
    Node &found = nodes_[static_cast<size_t>(node)];
    if (found.seen == record_) {
        // Once a record: a key that comes again and again must not cost all fields below it.
        if (found.repeated != record_) {
            found.repeated = record_;
            mark(node, REQUEST_JSON_NUMBER_DUPLICATE);
        }
        return none;
    }
    found.seen = record_;
    return node;
}

/// Notes a value that is no object; null stands for all that could be inside.
void NumericFields::keep(int32_t node, const uint8_t *value) noexcept {
    if (node <= 0) return;
    const Node &found = nodes_[static_cast<size_t>(node)];
    if (*value == 'n') return;
    const bool isNumber = *value == '-' || (*value >= '0' && *value <= '9');
    const bool isFlag = *value == 't' || *value == 'f';
    mark(node, REQUEST_JSON_NUMBER_WRONG_TYPE);
    if (found.field == none || !(isNumber || isFlag)) return;
    const auto field = static_cast<size_t>(found.field);
    values_[field] = isNumber ? readNumber(value, numberEnd(value)) : *value == 't' ? 1 : 0;
    states_[field] = REQUEST_JSON_NUMBER_THERE;
}

/// Gives all fields whose names lead through `node` the state.
void NumericFields::mark(int32_t node, request_json_number state) noexcept {
    for (const int32_t field : nodes_[static_cast<size_t>(node)].fields) {
        values_[static_cast<size_t>(field)] = absent;
        states_[static_cast<size_t>(field)] = static_cast<uint8_t>(state);
    }
}

}  // namespace swerve
