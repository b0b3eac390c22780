/// Scores requests apart from the stream; the checker's second opinion.
package protocol OfflineScoring {
    /// The answers of `version` for a request: the fast path's, and where `isThorough` the slow
    /// reference's besides.
    ///
    /// Empty where the request cannot be scored, or the version is unknown.
    func scores(version: Int, value: [UInt8], isThorough: Bool) -> [ExpectedScore]
}
