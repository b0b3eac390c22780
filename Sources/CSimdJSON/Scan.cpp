#include "Scan.hpp"

#include "Bytes.hpp"
#include "Strings.hpp"
#include "Walk.hpp"

#include <cstring>

namespace swerve {
namespace {

/// The first byte from `p` on that is no white space of JSON's.
const uint8_t *token(const uint8_t *p) noexcept {
    // Most have none before them, or a single space.
    if (*p > ' ') return p;
    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t') ++p;
    return p;
}

/// Bytes that are looked at together: nearly all keys are shorter, and most other strings. A step
/// more or less that the processor has not foreseen costs as much as several.
constexpr int keyWidth = 32;
constexpr int valueWidth = 64;
static_assert(scanPadding > 1 + valueWidth, "a step may begin behind the first zero");

/// The closing quote of the string whose inside begins at `p`, or nullptr where there is none or it
/// has a control character. Its escapes are not looked at.
template <int width>
inline const uint8_t *stringEnd(
    StringBytes &bytes, const uint8_t *p, bool *isEscaped) noexcept {
    *isEscaped = false;
    while (true) {
        p = bytes.special<width>(p);
        if (*p == '"') return p;
        if (*p != '\\') return nullptr;
        // The zeros behind the record end a string that this would lead out of it.
        *isEscaped = true;
        p += 2;
    }
}

}  // namespace

bool Scan::run() noexcept {
    StringBytes bytes;
    const uint8_t *p = token(bytes_);
    if (*p != '{' || !open('{', offset(p))) return false;
    p = token(p + 1);
    bool isOpening = true;
    while (true) {
        if (isOpening && *p == closing()) {
            close(offset(++p));
        } else {
            bool isEscaped;
            if (isInObject()) {
                if (*p != '"') return false;
                const uint8_t *start = p + 1;
                p = stringEnd<keyWidth>(bytes, start, &isEscaped);
                if (!p) return false;
                if (!isEscaped) {
                    key(start, static_cast<size_t>(p - start));
                } else if (!unescapedKey(start, p)) {
                    return false;
                }
                p = token(p + 1);
                if (*p != ':') return false;
                p = token(p + 1);
            }
            const uint8_t *start = p;
            const uint8_t first = *p;
            isOpening = first == '{' || first == '[';
            if (isOpening) {
                if (!open(first, offset(p))) return false;
                p = token(p + 1);
                continue;
            }
            if (first == '"') {
                p = stringEnd<valueWidth>(bytes, ++start, &isEscaped);
                if (!p || (isEscaped && !isGoodString(start, p))) return false;
                keep(offset(start), offset(p), first, isEscaped);
                ++p;
            } else {
                p = scalarEnd(p);
                if (!p) return false;
                keep(offset(start), offset(p), first, false);
            }
        }
        isOpening = false;
        p = token(p);
        while (depth() != 0 && *p == closing()) {
            close(offset(++p));
            p = token(p);
        }
        if (depth() == 0) break;
        if (*p != ',') return false;
        p = token(p + 1);
    }
    mayLeaveASCII_ = bytes.mayLeaveASCII();
    return p == end_;
}

bool Scan::unescapedKey(const uint8_t *start, const uint8_t *end) noexcept {
    size_t length;
    const Unescaped outcome = unescape(start, end, scratch_, &length);
    if (outcome == Unescaped::notJSON) return false;
    key(outcome == Unescaped::ok ? scratch_ : nullptr, length);
    return true;
}

bool Scan::isGoodString(const uint8_t *start, const uint8_t *end) const noexcept {
    size_t ignored;
    return unescape(start, end, scratch_, &ignored) != Unescaped::notJSON;
}

}  // namespace swerve
