/// What the checker found.
package struct Findings: Sendable, Equatable {
    package var recordsIn = 0
    /// Predictions seen, second ones too.
    package var recordsOut = 0
    package var deadLetters = 0
    /// Fed, and neither predicted nor a dead letter.
    package var lost = 0
    /// Answers beyond the first of a record.
    package var duplicated = 0
    package var byVersion: [Int: Int] = [:]
    package var byEpoch: [Int64: Int] = [:]
    /// Predictions with each label, by version.
    package var byVersionAndLabel: [Int: [String: Int]] = [:]
    package var wrongScore = 0
    package var wrongLabel = 0
    package var wrongVersion = 0
    /// Predictions that name a record that was never fed, or carry another's key, id or partition.
    package var wrongSource = 0
    /// Records of the output topic that are no predictions.
    package var unreadable = 0
    /// Dead letters of requests that can be scored, or that were never fed.
    package var wrongDeadLetters = 0
    /// Records of a partition scored under an older epoch than one before them.
    package var epochWentBack = 0
    /// Scores held against the slow reference too.
    package var thoroughlyChecked = 0

    package init() {}
}
