// CSimdJSON: values that come without JSON around them: base64, and LIBSVM's pairs.
#include "../hostile.h"
#include "CSimdJSON.h"

#include <cstring>
#include <string>

namespace {

const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// As RFC 4648 has it, with padding; what the answer is held against.
std::string encoded(const uint8_t *bytes, size_t count) {
    std::string text;
    for (size_t at = 0; at < count; at += 3) {
        const size_t left = count - at;
        const uint32_t group = static_cast<uint32_t>(bytes[at]) << 16
            | (left > 1 ? static_cast<uint32_t>(bytes[at + 1]) << 8 : 0)
            | (left > 2 ? bytes[at + 2] : 0u);
        text += letters[group >> 18];
        text += letters[group >> 12 & 63];
        text += left > 1 ? letters[group >> 6 & 63] : '=';
        text += left > 2 ? letters[group & 63] : '=';
    }
    return text;
}

/// Whether the text has the form: whole groups of letters, and padding at the end alone.
bool isBase64(const std::string &text) {
    if (text.size() % 4 != 0) return false;
    size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') {
        ++padding;
    }
    return text.find_first_not_of(letters, 0, 64) >= text.size() - padding;
}

void decode(const uint8_t *bytes, size_t count) {
    auto *room = static_cast<uint8_t *>(hostile_memory(count / 4 * 3 + count % 4));
    const ptrdiff_t length = request_base64(bytes, count, room);
    const std::string text(reinterpret_cast<const char *>(bytes), count);
    hostile_expect(length >= -1, "a length that is none");
    if (length < 0) {
        // Refused may be what has the form: bits that stand for nothing.
        const bool isPlain = isBase64(text) && (text.empty() || text.back() != '=');
        hostile_expect(!isPlain, "base64 is refused");
    } else {
        const auto used = static_cast<size_t>(length);
        hostile_expect(used <= count / 4 * 3, "more bytes than base64 has");
        hostile_expect(encoded(room, used) == text, "base64 reads as other bytes");
    }
    // In place, as a field of a record is.
    auto *same = static_cast<uint8_t *>(hostile_memory(count));
    std::memcpy(same, bytes, count);
    hostile_expect(request_base64(same, count, same) == length, "base64 in place is another one");
    hostile_expect(
        length <= 0 || std::memcmp(same, room, static_cast<size_t>(length)) == 0,
        "base64 in place is another one");
    free(same);
    free(room);
    // Every bytes have a text that reads back.
    const std::string whole = encoded(bytes, count);
    auto *back = static_cast<uint8_t *>(hostile_memory(whole.size() / 4 * 3));
    const ptrdiff_t read = request_base64(
        reinterpret_cast<const uint8_t *>(whole.data()), whole.size(), back);
    hostile_expect(read == static_cast<ptrdiff_t>(count), "bytes do not read back");
    hostile_expect(std::memcmp(back, bytes, count) == 0, "bytes read back as others");
    free(back);
}

void pairs(const uint8_t *bytes, size_t count, uint32_t least) {
    // With the zero byte behind it that the reader wants, and not one byte more.
    auto *text = static_cast<uint8_t *>(hostile_memory(count + 1));
    std::memcpy(text, bytes, count);
    text[count] = 0;
    const size_t room = count / 4 + 1;
    auto *indices = static_cast<uint32_t *>(hostile_memory(room * sizeof(uint32_t)));
    auto *values = static_cast<double *>(hostile_memory(room * sizeof(double)));
    size_t found = 0, place = 0;
    const int32_t status = request_pairs(text, count, least, indices, values, &found, &place);
    if (status == REQUEST_JSON_OK) {
        hostile_expect(found <= room, "more pairs than there is room for");
        for (size_t at = 0; at < found; ++at) {
            hostile_expect(
                indices[at] < INT32_MAX || (least == 0 && at == 0 && indices[at] == UINT32_MAX),
                "an index out of its bounds");
            hostile_expect(
                at == 0 || indices[at - 1] + 1 < indices[at] + 1, "indices that do not ascend");
        }
    } else {
        hostile_expect(
            status == REQUEST_JSON_BAD_PAIR || status == REQUEST_JSON_PAIR_ORDER,
            "a status that pairs do not have");
        hostile_expect(place <= count, "a fault beyond the text");
    }
    free(values);
    free(indices);
    free(text);
}

}  // namespace

void hostile_values(const uint8_t *bytes, size_t count) {
    decode(bytes, count);
    pairs(bytes, count, 1);
    pairs(bytes, count, 0);
}
