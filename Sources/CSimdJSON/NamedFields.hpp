// Named numbers and texts of a record, found in a second walk that only those pay for who want them.
#pragma once

#include "Walk.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace swerve {

/// A name with dots stands for two places: the key that is written so, and the value that its parts
/// lead to through objects. A record has one of them; with both, the field has a state of its own.
class NamedFields {
public:
    /// Takes the names over; false when one of them is empty or comes twice among its kind.
    /// Allocates. Texts are cut to `textLimit` bytes.
    bool set(
        const request_json_name *numbers, size_t numberCount, const request_json_name *texts,
        size_t textCount, size_t textLimit);

    /// Reads the fields of a record that `Walk` found to be one. `scratch` holds as many bytes as
    /// the document, `plain` too: texts out of their escapes. Never allocates.
    void take(const Document &document, uint8_t *scratch, uint8_t *plain) noexcept;

    const double *values() const noexcept { return values_.data(); }
    /// As `request_json_state`, numbers before texts.
    const uint8_t *states() const noexcept { return states_.data(); }
    const request_json_bytes *texts() const noexcept { return texts_.data() + numberCount_; }
    /// Whether a text of the record at hand was cut.
    bool isCut() const noexcept { return isCut_; }

private:
    static constexpr int32_t none = -1;

    /// A part of a name behind all the parts before it, or a whole name with dots; the first one is
    /// where all names begin.
    struct Node {
        int32_t parent = none;
        std::string part;
        /// The slots of the number and of the text whose names end here, or none.
        int32_t number = none;
        int32_t text = none;
        /// The slots of those whose names lead through here or end here.
        std::vector<int32_t> slots;
        /// The record in which it was last seen, and that in which it was last seen twice.
        uint64_t seen = 0;
        uint64_t repeated = 0;
    };

    /// A name with dots: the slot of the field, which is that of the nested value, and the slot of
    /// the value whose key is the name itself.
    struct Dotted {
        int32_t field;
        int32_t literal;
        int32_t literalNode;
        int32_t nestedNode;
    };

    // A slot is where a value goes: of numbers first, then of texts, then of keys with dots.
    std::vector<Node> nodes_;
    /// Nodes by parent and part; the size is a power of two above twice the nodes.
    std::vector<int32_t> table_;
    std::vector<Dotted> dotted_;
    std::vector<double> values_;
    std::vector<uint8_t> states_;
    std::vector<request_json_bytes> texts_;
    size_t numberCount_ = 0;
    bool hasTexts_ = false;
    size_t textLimit_ = 0;
    uint64_t record_ = 0;
    bool isCut_ = false;
    /// Where the next text out of its escapes goes.
    uint8_t *plain_ = nullptr;

    bool add(const request_json_name &name, int32_t field, bool isText);
    int32_t addNested(const request_json_name &name, int32_t slot);
    int32_t node(int32_t parent, const uint8_t *part, size_t length);
    bool end(int32_t node, int32_t slot, bool isText);
    size_t place(int32_t parent, const uint8_t *part, size_t length) const noexcept;
    int32_t find(int32_t parent, const uint8_t *part, size_t length) const noexcept;
    int32_t key(
        const Document &document, uint32_t at, int32_t parent, uint8_t *scratch) noexcept;
    void keep(const Document &document, uint32_t at, int32_t node) noexcept;
    void keepText(const Document &document, uint32_t at, size_t slot) noexcept;
    void refuse(int32_t slot) noexcept;
    void mark(int32_t node, request_json_state state) noexcept;
    void settle() noexcept;
};

}  // namespace swerve
