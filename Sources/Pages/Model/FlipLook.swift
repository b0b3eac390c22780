package import Operations

/// What is known of the requests on which the two versions of a trial disagree.
package struct FlipLook: Sendable, Equatable {
    /// What was found last under this deployment, and when, milliseconds since 1970; nil before.
    package var findings: FlipFindings?
    package var atMs: Int64?
    /// Why the last look failed, or why nobody looks; nil where it did not.
    package var fault: String?
    /// Whether somebody looks now, or is about to.
    package var isLooking: Bool

    package init(
        findings: FlipFindings? = nil, atMs: Int64? = nil, fault: String? = nil,
        isLooking: Bool = false
    ) {
        self.findings = findings
        self.atMs = atMs
        self.fault = fault
        self.isLooking = isLooking
    }
}
