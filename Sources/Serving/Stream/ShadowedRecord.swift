import Scoring

/// A record of the batch at hand that waits for the shadow.
struct ShadowedRecord {
    /// In the batch.
    let index: Int
    /// What the stable version said.
    let stable: Verdict
}
