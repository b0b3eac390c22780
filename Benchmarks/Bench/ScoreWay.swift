import ArgumentParser

/// What a pass does with each input.
enum ScoreWay: String, CaseIterable, ExpressibleByArgument {
    /// Parses the record, featurizes and scores: a worker's work on one record.
    case json
    /// Featurizes and scores an input in memory: a text, or numbers as they are.
    case input
    /// Scores features that were made outside the clock.
    case score
    /// The same two in blocks of inputs that are decided together, as a worker does with a batch.
    case jsonBlocks = "json-blocks"
    case blocks
    /// Makes features of an input in memory.
    case featurize
    /// Parses the record and makes features.
    case parseAndFeaturize = "json-featurize"
}
