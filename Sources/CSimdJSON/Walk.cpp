#include "Walk.hpp"

#include "Strings.hpp"

#include <cstring>

namespace swerve {
namespace {

bool isSpace(uint8_t c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Whether a number or literal may end before `c`.
bool endsScalar(uint8_t c) noexcept { return c == ',' || c == '}' || c == ']' || isSpace(c); }

bool isDigit(uint8_t c) noexcept { return c >= '0' && c <= '9'; }

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

const uint8_t *scalarEnd(const uint8_t *p) noexcept {
    switch (*p) {
    case 't': return std::memcmp(p, "true", 4) == 0 ? p + 4 : nullptr;
    case 'f': return std::memcmp(p, "false", 5) == 0 ? p + 5 : nullptr;
    case 'n': return std::memcmp(p, "null", 4) == 0 ? p + 4 : nullptr;
    default: return numberEnd(p);
    }
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
    if (!open('{')) return REQUEST_JSON_TOO_DEEP;
    bool isOpening = true;
    while (true) {
        if (isOpening && current() == closing()) {
            close();
        } else {
            if (isInObject() && !key()) return REQUEST_JSON_NOT_JSON;
            const uint8_t first = current();
            isOpening = first == '{' || first == '[';
            if (isOpening) {
                if (!open(first)) return REQUEST_JSON_TOO_DEEP;
                continue;
            }
            if (!(first == '"' ? string() : scalar(first))) return REQUEST_JSON_NOT_JSON;
        }
        isOpening = false;
        while (depth() != 0 && current() == closing()) close();
        if (depth() == 0) break;
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
    FoundFields::key(isText ? text : nullptr, length);
    ++at_;
    if (current() != ':') return false;
    ++at_;
    return true;
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
    // It may look behind the record, where the padding is.
    const uint8_t *end = scalarEnd(bytes_ + start);
    if (!end || !endsScalar(*end)) return false;
    keep(start, static_cast<uint32_t>(end - bytes_), first, false);
    ++at_;
    return true;
}

/// Steps into an object or array; false when it is one too many.
bool Walk::open(uint8_t bracket) noexcept {
    if (!FoundFields::open(bracket, structure_[at_])) return false;
    ++at_;
    return true;
}

void Walk::close() noexcept {
    FoundFields::close(structure_[at_] + 1);
    ++at_;
}

}  // namespace swerve
