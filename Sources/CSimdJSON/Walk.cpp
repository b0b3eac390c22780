#include "Walk.hpp"

#include "Strings.hpp"

#include <cstring>

namespace swerve {
namespace {

bool isSpace(uint8_t c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Whether a number or literal may end before `c`.
bool endsScalar(uint8_t c) noexcept { return c == ',' || c == '}' || c == ']' || isSpace(c); }

bool isDigit(uint8_t c) noexcept { return c >= '0' && c <= '9'; }

constexpr size_t trackedLevels = REQUEST_JSON_NAME_PARTS_MAX;
static_assert(trackedLevels <= 8, "seen_ has 8 bits for a field");

}  // namespace

const uint8_t *numberEnd(const uint8_t *p) noexcept {
    if (*p == '-') ++p;
    if (!isDigit(*p)) return nullptr;
    if (*p == '0') {
        ++p;
    } else {
        while (isDigit(*p)) ++p;
    }
    if (*p == '.') {
        ++p;
        if (!isDigit(*p)) return nullptr;
        while (isDigit(*p)) ++p;
    }
    if (*p == 'e' || *p == 'E') {
        ++p;
        if (*p == '+' || *p == '-') ++p;
        if (!isDigit(*p)) return nullptr;
        while (isDigit(*p)) ++p;
    }
    return p;
}

request_json_status Walk::run() noexcept {
    // Behind the last structural index stands one that points to the zero byte behind the record
    // (see request_json_parse): running over the end meets a byte that nothing accepts.
    switch (current()) {
    case '{': break;
    case '[': case '"': case '-': case 't': case 'f': case 'n':
    case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9':
        return REQUEST_JSON_NOT_AN_OBJECT;
    default:
        return REQUEST_JSON_NOT_JSON;
    }
    inside_ = names_.all();
    if (!open('{')) return REQUEST_JSON_TOO_DEEP;
    bool isOpening = true;
    while (true) {
        if (isOpening && current() == closing()) {
            close();
        } else {
            if (levels_[depth_ - 1].isObject && !key()) return REQUEST_JSON_NOT_JSON;
            const uint8_t first = current();
            isOpening = first == '{' || first == '[';
            if (isOpening) {
                if (!open(first)) return REQUEST_JSON_TOO_DEEP;
                continue;
            }
            if (!(first == '"' ? string() : scalar(first))) return REQUEST_JSON_NOT_JSON;
        }
        isOpening = false;
        while (depth_ != 0 && current() == closing()) close();
        if (depth_ == 0) break;
        if (current() != ',') return REQUEST_JSON_NOT_JSON;
        ++at_;
    }
    return at_ == count_ ? REQUEST_JSON_OK : REQUEST_JSON_TRAILING_CONTENT;
}

bool closingQuote(
    const uint8_t *bytes, const uint32_t *structure, uint32_t at, uint32_t *end) noexcept {
    const uint32_t first = structure[at];
    uint32_t last = structure[at + 1] - 1;
    while (last > first && isSpace(bytes[last])) --last;
    *end = last;
    return last > first && bytes[last] == '"';
}

bool Walk::key() noexcept {
    uint32_t end;
    if (current() != '"' || !stringEnd(&end)) return false;
    const uint8_t *text = bytes_ + structure_[at_] + 1;
    size_t length = end - structure_[at_] - 1;
    // A key is a name: one that is no UTF-8 could be taken for any other.
    const uint32_t start = structure_[at_] + 1;
    if (unmasked_ && std::memcmp(text, unmasked_ + start, length) != 0) return false;
    bool isText = true;
    if (hasBackslash_ && std::memchr(text, '\\', length)) {
        const Unescaped outcome = unescape(text, text + length, scratch_, &length);
        if (outcome == Unescaped::notJSON) return false;
        isText = outcome == Unescaped::ok;
        text = scratch_;
    }
    field_ = -1;
    inside_ = 0;
    if (isText && levels_[depth_ - 1].inside != 0) {
        match(text, length);
        if (names_.dotted() != 0 && depth_ == 1) matchWhole(text, length);
    }
    ++at_;
    if (current() != ':') return false;
    ++at_;
    return true;
}

void Walk::match(const uint8_t *key, size_t length) noexcept {
    const size_t level = depth_ - 1;
    FieldSet found = names_.matching(level, levels_[level].inside, key, length);
    while (found != 0) {
        const int field = __builtin_ctz(found);
        found &= static_cast<FieldSet>(found - 1);
        const auto bit = static_cast<uint8_t>(1u << level);
        if (seen_[field] & bit) {
            repeat(field);
            continue;
        }
        seen_[field] |= bit;
        if (names_.endsAt(level, field)) {
            if (literal_ >> field & 1) {
                repeat(field);
            } else {
                field_ = static_cast<int8_t>(field);
            }
        } else {
            inside_ |= static_cast<FieldSet>(1u << field);
        }
    }
}

/// A key that is the whole name of a field with dots comes before what the name leads to; both in
/// one record are as the field twice.
void Walk::matchWhole(const uint8_t *key, size_t length) noexcept {
    const int field = names_.literal(key, length);
    if (field < 0) return;
    const auto bit = static_cast<FieldSet>(1u << field);
    if (literal_ & bit || seen_[field] >> names_.lastLevel(field) & 1) return repeat(field);
    literal_ |= bit;
    field_ = static_cast<int8_t>(field);
}

void Walk::repeat(int field) noexcept {
    repeated_ |= static_cast<FieldSet>(1u << field);
    const bool counts = field != REQUEST_JSON_DENSE && field != REQUEST_JSON_SPARSE;
    if (counts && duplicate_ < 0) duplicate_ = field;
}

bool Walk::string() noexcept {
    uint32_t end;
    if (!stringEnd(&end)) return false;
    const uint32_t start = structure_[at_] + 1;
    const uint8_t *text = bytes_ + start;
    const size_t length = end - start;
    const bool isEscaped = hasBackslash_ && std::memchr(text, '\\', length);
    if (isEscaped) {
        size_t ignored;
        if (unescape(text, text + length, scratch_, &ignored) == Unescaped::notJSON) return false;
    }
    keep(start, end, '"', isEscaped);
    ++at_;
    return true;
}

bool Walk::scalar(uint8_t first) noexcept {
    const uint32_t start = structure_[at_];
    const uint8_t *p = bytes_ + start;
    const uint8_t *end = nullptr;
    // memcmp may look behind the record, where the padding is.
    switch (first) {
    case 't': if (std::memcmp(p, "true", 4) == 0) end = p + 4; break;
    case 'f': if (std::memcmp(p, "false", 5) == 0) end = p + 5; break;
    case 'n': if (std::memcmp(p, "null", 4) == 0) end = p + 4; break;
    default: end = numberEnd(p); break;
    }
    if (!end || !endsScalar(*end)) return false;
    keep(start, static_cast<uint32_t>(end - bytes_), first, false);
    ++at_;
    return true;
}

/// Steps into an object or array; false when it is one too many.
bool Walk::open(uint8_t bracket) noexcept {
    if (depth_ == REQUEST_JSON_DEPTH_MAX) return false;
    const uint32_t start = structure_[at_];
    keep(start, start, bracket, false);
    Level &level = levels_[depth_];
    level.isObject = bracket == '{';
    level.inside = level.isObject ? inside_ : FieldSet{0};
    level.field = field_;
    field_ = -1;
    inside_ = 0;
    ++depth_;
    ++at_;
    return true;
}

void Walk::close() noexcept {
    --depth_;
    const int field = levels_[depth_].field;
    if (field >= 0) values_[field].end = structure_[at_] + 1;
    ++at_;
}

/// Notes the value for the field it belongs to, if any.
void Walk::keep(uint32_t start, uint32_t end, uint8_t kind, bool isEscaped) noexcept {
    if (field_ >= 0) values_[field_] = Value{start, end, kind, isEscaped};
    if (inside_ == 0 || kind == '{') return;
    // Something else than an object stands where the names lead through one.
    FieldSet blocked = inside_ & static_cast<FieldSet>(~literal_);
    while (blocked != 0) {
        const int field = __builtin_ctz(blocked);
        blocked &= static_cast<FieldSet>(blocked - 1);
        values_[field] = Value{start, end, kind == 'n' ? uint8_t{'n'} : uint8_t{'['}, false};
    }
}

}  // namespace swerve
