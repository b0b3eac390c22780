// CNumbers: numbers as text, lines of numbers, and text of numbers. Held against strtod.
#include "../hostile.h"
#include "CNumbers.h"

#include <math.h>
#include <stdio.h>

// Whether strtod and the reader must agree: decimal digits, with or without a minus.
static int is_decimal(const char *text) {
    if (*text == '-') text++;
    if (*text >= '0' && *text <= '9') return !(text[0] == '0' && (text[1] | 0x20) == 'x');
    return *text == '.' && text[1] >= '0' && text[1] <= '9';
}

static void read_one(const char *begin, size_t count, const char *terminated) {
    double value = -1;
    const int length = cnumbers_parse_double(begin, begin + count, &value);
    hostile_expect(length >= 0 && (size_t)length <= count, "a number longer than its text");
    if (!is_decimal(terminated)) return;
    char *end;
    const double expected = strtod(terminated, &end);
    hostile_expect(end - terminated == length, "a number ends elsewhere than strtod says");
    hostile_expect(hostile_same(value, expected), "a number is not strtod's");
}

static void read_lines(const char *begin, size_t count, size_t columns, size_t lines) {
    double *out = hostile_memory(columns * lines * sizeof *out);
    size_t length = count + 1;
    const size_t read = cnumbers_parse_lines(begin, begin + count, columns, lines, out, &length);
    hostile_expect(read <= lines && length <= count, "more lines than there are");
    size_t ends = 0;
    for (size_t at = 0; at < length; at++) ends += begin[at] == '\n';
    hostile_expect(ends == read, "a line read is no line");
    hostile_expect(length == 0 || begin[length - 1] == '\n', "a line without its end");
    for (size_t at = 0; at < read * columns; at++) {
        hostile_expect(isfinite(out[at]), "a number of a line is not finite");
    }
    free(out);
}

static void write_one(double value) {
    char *out = hostile_memory(CNUMBERS_DOUBLE_BYTES);
    const int length = cnumbers_format_double(value, out);
    hostile_expect(length >= 0 && length <= CNUMBERS_DOUBLE_BYTES, "a number without room");
    hostile_expect((length > 0) == !!isfinite(value), "an infinity has a text, or a number none");
    double again = 0;
    if (length > 0) {
        hostile_expect(
            cnumbers_parse_double(out, out + length, &again) == length, "a text is not read back");
        hostile_expect(hostile_same(again, value), "a text reads back as another number");
    }
    free(out);
}

void hostile_numbers(const uint8_t *bytes, size_t count) {
    const char *text = (const char *)bytes;
    char *terminated = hostile_memory(count + 1);
    memcpy(terminated, bytes, count);
    terminated[count] = 0;
    // Each line's begin, and the first places of all: strtod would cost the square of a long text.
    size_t begins = 0;
    for (size_t at = 0; at < count && begins < 64; at++) {
        if (at > 16 && text[at - 1] != '\n' && text[at - 1] != ' ') continue;
        begins++;
        read_one(text + at, count - at, terminated + at);
    }
    for (size_t columns = 1; columns <= 4; columns++) {
        read_lines(text, count, columns, 1);
        read_lines(text, count, columns, count / (2 * columns) + 1);
    }
    struct hostile_reader reader = {bytes, count < 256 ? count : 256};
    while (reader.left > 0) write_one(hostile_double(&reader));
    free(terminated);
}
