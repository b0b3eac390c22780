/// The bound on lines that are not of their log's format: where most of the first lines after a
/// start are, the format is wrong, and what is scored are no requests.
///
/// Later ones only count: a client that could choose them could stop the service.
package struct MalformedGuard {
    package static let firstRecords: Int64 = 1_000

    private var seen: Int64 = 0
    /// Since the start.
    package private(set) var malformed: Int64 = 0
    /// Whether more than half of the first lines were malformed.
    package private(set) var isTripped = false

    package init() {}

    package mutating func record(isMalformed: Bool) {
        seen += 1
        guard isMalformed else { return }
        malformed += 1
        if seen <= Self.firstRecords, malformed * 2 > Self.firstRecords { isTripped = true }
    }
}
