import ArgumentParser

/// What a pass does with each input.
enum ScoreWay: String, CaseIterable, ExpressibleByArgument {
    /// Parses the record, featurizes and scores: a worker's work on a record.
    case json
    /// Featurizes and scores an input in memory: a text, or numbers as they are.
    case input
    /// Scores features that were made outside the clock.
    case score
    /// Makes features of an input in memory.
    case featurize
    /// Parses the record and makes features.
    case parseAndFeaturize = "json-featurize"
}
