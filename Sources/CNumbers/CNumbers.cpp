#include "CNumbers.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

int cnumbers_format_double(double value, char *out) {
    if (!std::isfinite(value)) return 0;
    const auto result = std::to_chars(out, out + CNUMBERS_DOUBLE_BYTES, value);
    return result.ec == std::errc() ? static_cast<int>(result.ptr - out) : 0;
}

int cnumbers_parse_double(const char *begin, const char *end, double *out) {
    double value = 0;
    const auto result = std::from_chars(begin, end, value, std::chars_format::general);
    if (result.ec == std::errc::result_out_of_range) {
        value = std::numeric_limits<double>::infinity();
    } else if (result.ec != std::errc()) {
        return 0;
    }
    // Why: a "number" of 2 GiB would overflow the count.
    if (result.ptr - begin > std::numeric_limits<int>::max()) return 0;
    *out = value;
    return static_cast<int>(result.ptr - begin);
}
