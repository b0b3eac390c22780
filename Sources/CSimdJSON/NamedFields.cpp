#include "NamedFields.hpp"

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

/// The parts of a name that leads through objects; 0 for a name that can be a key alone.
size_t nestedParts(const request_json_name &name) noexcept {
    size_t parts = 1;
    size_t length = 0;
    for (size_t i = 0; i < name.length; ++i, ++length) {
        if (name.bytes[i] != '.') continue;
        if (length == 0) return 0;
        ++parts;
        length = static_cast<size_t>(-1);
    }
    return length == 0 || parts > REQUEST_JSON_NAME_PARTS_MAX ? 0 : parts;
}

}  // namespace

bool NamedFields::set(
    const request_json_name *numbers, size_t numberCount, const request_json_name *texts,
    size_t textCount, size_t textLimit) {
    nodes_.assign(1, Node{});
    dotted_.clear();
    numberCount_ = numberCount;
    hasTexts_ = textCount != 0;
    textLimit_ = textLimit;
    // Room for all parts of all names and the names themselves, so that the table never grows.
    size_t parts = 1;
    const auto count = [&parts](const request_json_name &name) {
        parts += 2 + static_cast<size_t>(std::count(name.bytes, name.bytes + name.length, '.'));
    };
    for (size_t i = 0; i < numberCount; ++i) count(numbers[i]);
    for (size_t i = 0; i < textCount; ++i) count(texts[i]);
    size_t size = 4;
    while (size < 2 * parts) size *= 2;
    table_.assign(size, none);
    states_.assign(numberCount + textCount, REQUEST_JSON_STATE_ABSENT);
    for (size_t i = 0; i < numberCount; ++i) {
        if (!add(numbers[i], static_cast<int32_t>(i), false)) return false;
    }
    for (size_t i = 0; i < textCount; ++i) {
        if (!add(texts[i], static_cast<int32_t>(numberCount + i), true)) return false;
    }
    values_.assign(states_.size(), absent);
    texts_.assign(states_.size(), request_json_bytes{nullptr, 0});
    return true;
}

bool NamedFields::add(const request_json_name &name, int32_t field, bool isText) {
    if (name.length == 0) return false;
    const size_t parts = nestedParts(name);
    if (parts == 1) {
        const int32_t only = node(0, name.bytes, name.length);
        nodes_[static_cast<size_t>(only)].slots.push_back(field);
        return end(only, field, isText);
    }
    const int32_t whole = node(0, name.bytes, name.length);
    if (parts == 0) {
        nodes_[static_cast<size_t>(whole)].slots.push_back(field);
        return end(whole, field, isText);
    }
    const auto literal = static_cast<int32_t>(states_.size());
    states_.push_back(REQUEST_JSON_STATE_ABSENT);
    nodes_[static_cast<size_t>(whole)].slots.push_back(literal);
    const int32_t nested = addNested(name, field);
    dotted_.push_back(Dotted{field, literal, whole, nested});
    return end(whole, literal, isText) && end(nested, field, isText);
}

/// The node that the parts of a name lead to.
int32_t NamedFields::addNested(const request_json_name &name, int32_t slot) {
    const uint8_t *text = name.bytes;
    const uint8_t *last = text + name.length;
    int32_t at = 0;
    while (true) {
        const auto *dot =
            static_cast<const uint8_t *>(std::memchr(text, '.', static_cast<size_t>(last - text)));
        at = node(at, text, static_cast<size_t>((dot ? dot : last) - text));
        nodes_[static_cast<size_t>(at)].slots.push_back(slot);
        if (!dot) return at;
        text = dot + 1;
    }
}

bool NamedFields::end(int32_t node, int32_t slot, bool isText) {
    Node &last = nodes_[static_cast<size_t>(node)];
    int32_t &taken = isText ? last.text : last.number;
    if (taken != none) return false;
    taken = slot;
    return true;
}

/// The node of a part, made where it is not there yet.
int32_t NamedFields::node(int32_t parent, const uint8_t *part, size_t length) {
    const int32_t known = find(parent, part, length);
    if (known != none) return known;
    const auto made = static_cast<int32_t>(nodes_.size());
    nodes_.emplace_back();
    nodes_.back().parent = parent;
    nodes_.back().part.assign(reinterpret_cast<const char *>(part), length);
    size_t at = place(parent, part, length);
    while (table_[at] != none) at = (at + 1) & (table_.size() - 1);
    table_[at] = made;
    return made;
}

size_t NamedFields::place(int32_t parent, const uint8_t *part, size_t length) const noexcept {
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
    return static_cast<size_t>(mixed(hash ^ rest)) & (table_.size() - 1);
}

int32_t NamedFields::find(int32_t parent, const uint8_t *part, size_t length) const noexcept {
    for (size_t at = place(parent, part, length);; at = (at + 1) & (table_.size() - 1)) {
        const int32_t node = table_[at];
        if (node == none) return none;
        const Node &found = nodes_[static_cast<size_t>(node)];
        if (found.parent == parent && found.part.size() == length &&
            std::memcmp(found.part.data(), part, length) == 0) {
            return node;
        }
    }
}

void NamedFields::take(const Document &document, uint8_t *scratch, uint8_t *plain) noexcept {
    std::fill(values_.begin(), values_.end(), absent);
    if (!states_.empty()) std::memset(states_.data(), REQUEST_JSON_STATE_ABSENT, states_.size());
    if (hasTexts_) std::fill(texts_.begin(), texts_.end(), request_json_bytes{nullptr, 0});
    ++record_;
    isCut_ = false;
    plain_ = plain;
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
        switch (document.bytes[document.structure[at]]) {
        case '{':
            if (node > 0) {
                refuse(nodes_[static_cast<size_t>(node)].number);
                refuse(nodes_[static_cast<size_t>(node)].text);
            }
            levels[depth++] = {true, node};
            isKey = true;
            node = none;
            break;
        case '[':
            keep(document, at, node);
            levels[depth++] = {false, none};
            isKey = false;
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
        default: keep(document, at, node);
        }
    }
    settle();
}

/// The node of the key at `at` in an object of `parent`, or none.
int32_t NamedFields::key(
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
            mark(node, REQUEST_JSON_STATE_DUPLICATE);
        }
        return none;
    }
    found.seen = record_;
    return node;
}

/// Notes a value that is no object; null stands for all that could be inside.
void NamedFields::keep(const Document &document, uint32_t at, int32_t node) noexcept {
    if (node <= 0) return;
    const Node &found = nodes_[static_cast<size_t>(node)];
    const uint8_t *value = document.bytes + document.structure[at];
    if (*value == 'n') return;
    const size_t own = (found.number != none ? 1u : 0u) + (found.text != none ? 1u : 0u);
    // Names that lead on from here find no object; what is a field here itself is set below.
    if (found.slots.size() > own) mark(node, REQUEST_JSON_STATE_WRONG_TYPE);
    if (own == 0) return;
    if (found.number != none) {
        const bool isNumber = *value == '-' || (*value >= '0' && *value <= '9');
        const bool isFlag = *value == 't' || *value == 'f';
        if (isNumber || isFlag) {
            const auto slot = static_cast<size_t>(found.number);
            values_[slot] = isNumber ? readNumber(value, numberEnd(value)) : *value == 't' ? 1 : 0;
            states_[slot] = REQUEST_JSON_STATE_THERE;
        } else {
            refuse(found.number);
        }
    }
    if (found.text == none) return;
    if (*value == '"') {
        keepText(document, at, static_cast<size_t>(found.text));
    } else {
        refuse(found.text);
    }
}

/// Takes a string where it stands, or out of its escapes.
///
/// There is always room in `plain`: no string is longer than it stands in the record, and each slot
/// has a place of its own there.
void NamedFields::keepText(const Document &document, uint32_t at, size_t slot) noexcept {
    const uint32_t start = document.structure[at] + 1;
    uint32_t end;
    if (!closingQuote(document.bytes, document.structure, at, &end)) return;
    const uint8_t *text = (document.unmasked ? document.unmasked : document.bytes) + start;
    size_t length = end - start;
    if (document.hasBackslash && std::memchr(text, '\\', length)) {
        if (unescape(text, text + length, plain_, &length) != Unescaped::ok) {
            states_[slot] = REQUEST_JSON_STATE_NOT_UTF8;
            return;
        }
        text = plain_;
        plain_ += length;
    }
    if (length > textLimit_) {
        length = cutUTF8(text, length, textLimit_);
        isCut_ = true;
    }
    texts_[slot] = {text, length};
    states_[slot] = REQUEST_JSON_STATE_THERE;
}

void NamedFields::refuse(int32_t slot) noexcept {
    if (slot != none) states_[static_cast<size_t>(slot)] = REQUEST_JSON_STATE_WRONG_TYPE;
}

/// Gives all fields whose names lead through `node` the state.
void NamedFields::mark(int32_t node, request_json_state state) noexcept {
    for (const int32_t number : nodes_[static_cast<size_t>(node)].slots) {
        const auto slot = static_cast<size_t>(number);
        values_[slot] = absent;
        texts_[slot] = {nullptr, 0};
        states_[slot] = static_cast<uint8_t>(state);
    }
}

/// Decides for each name with dots which of its two places it has; there must not be both, because
/// readers differ in which one they take.
void NamedFields::settle() noexcept {
    for (const Dotted &name : dotted_) {
        if (nodes_[static_cast<size_t>(name.literalNode)].seen != record_) continue;
        const auto field = static_cast<size_t>(name.field);
        const auto literal = static_cast<size_t>(name.literal);
        if (nodes_[static_cast<size_t>(name.nestedNode)].seen == record_) {
            values_[field] = absent;
            texts_[field] = {nullptr, 0};
            states_[field] = REQUEST_JSON_STATE_BOTH;
        } else if (states_[field] != REQUEST_JSON_STATE_DUPLICATE) {
            values_[field] = values_[literal];
            texts_[field] = texts_[literal];
            states_[field] = states_[literal];
        }
    }
}

}  // namespace swerve
