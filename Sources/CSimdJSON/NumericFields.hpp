// Named numeric fields of a record, found in a second walk that only those pay for who want it.
#pragma once

#include "Walk.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace swerve {

class NumericFields {
public:
    /// Takes the names over; false when one of them is no dotted name or comes twice. Allocates.
    bool set(const request_json_name *names, size_t count);

    /// Reads the fields of a record that `Walk` found to be one. `scratch` holds as many bytes as
    /// the document. Never allocates.
    void take(const Document &document, uint8_t *scratch) noexcept;

    const double *values() const noexcept { return values_.data(); }
    /// As `request_json_number`.
    const uint8_t *states() const noexcept { return states_.data(); }

private:
    static constexpr int32_t none = -1;

    /// A part of a name behind all the parts before it; the first one is where all names begin.
    struct Node {
        int32_t parent = none;
        std::string part;
        /// The field whose name ends here, or none.
        int32_t field = none;
        /// Those whose names lead through here, its own included.
        std::vector<int32_t> fields;
        /// The record in which it was last seen, and that in which it was last seen twice.
        uint64_t seen = 0;
        uint64_t repeated = 0;
    };

    std::vector<Node> nodes_;
    /// Nodes by parent and part; the size is a power of two above twice the nodes.
    std::vector<int32_t> slots_;
    std::vector<double> values_;
    std::vector<uint8_t> states_;
    uint64_t record_ = 0;

    bool add(const request_json_name &name, int32_t field);
    int32_t insert(int32_t parent, const char *part, size_t length);
    size_t slot(int32_t parent, const uint8_t *part, size_t length) const noexcept;
    int32_t find(int32_t parent, const uint8_t *part, size_t length) const noexcept;
    int32_t key(
        const Document &document, uint32_t at, int32_t parent, uint8_t *scratch) noexcept;
    void keep(int32_t node, const uint8_t *value) noexcept;
    void mark(int32_t node, request_json_number state) noexcept;
};

}  // namespace swerve
