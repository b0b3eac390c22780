package import Lifecycle
package import Scoring

/// A flip with what made the second version say otherwise.
package struct ExplainedFlip: Sendable, Equatable {
    package let flip: Flip
    package let kind: Flip.Kind
    /// Nil for a record that was not kept, and for models whose decisions are no sums.
    package let change: VerdictChange?
    /// What changed the verdict most.
    package let cause: String
    /// The same for all records in which it is the same feature, whichever n-grams stand for it.
    var key: String?
    /// Nil for records of other formats.
    package internal(set) var avro: AvroWords?
}

/// Flips of one kind that have the same cause.
package struct FlipGroup: Sendable, Equatable {
    package let cause: String
    package let kind: Flip.Kind
    /// Of the sample, as are the examples.
    package let count: Int
    package let examples: [ExplainedFlip]
}

/// Groups flips by what caused them.
package struct FlipCauses: Sendable {
    package static let everyRecord = "what every record gets (bias)"
    package static let threshold = "the threshold"
    package static let unexplained = "not explained: the decisions are no sums of features"
    package static let notKept = "not explained: the record is too large to keep"

    /// How the two versions relate, apart from what they make of a record.
    package struct Terms: Sendable, Equatable {
        /// What a difference of the thresholds moves towards an alert, on the second's scale.
        package let threshold: Double
        /// Whether higher scores are nearer to an alert; nil where no threshold decides, and for
        /// versions that do not agree on it.
        package let highIsAlert: Bool?

        package init(threshold: Double, highIsAlert: Bool?) {
            self.threshold = threshold
            self.highIsAlert = highIsAlert
        }

        package init(_ first: ReplayVersion, _ second: ReplayVersion) {
            let same = first.highIsAlert == second.highIsAlert ? first.highIsAlert : nil
            self.init(
                threshold: first.scorer.threshold - second.scorer.threshold, highIsAlert: same)
        }
    }

    /// What changed a verdict most, in the direction in which it changed.
    package static func cause(
        _ change: VerdictChange, _ kind: Flip.Kind, _ terms: Terms
    ) -> String {
        // Towards what the second version says: a positive amount speaks for it.
        var sign: Double?
        if let high = terms.highIsAlert, kind != .relabelled {
            sign = (kind == .up) == high ? 1 : -1
        }
        func weight(_ difference: Double) -> Double {
            sign.map { $0 * difference } ?? difference.magnitude
        }
        var best = (words: everyRecord, weight: weight(change.biasThere - change.biasHere))
        if terms.highIsAlert != nil, weight(terms.threshold) > best.weight {
            best = (threshold, weight(terms.threshold))
        }
        for part in change.parts where weight(part.difference) > best.weight {
            best = (part.words, weight(part.difference))
        }
        return best.words
    }

    /// Groups with the same cause, the largest first; with some examples each.
    package static func groups(_ flips: [ExplainedFlip], examples: Int) -> [FlipGroup] {
        var byCause: [String: [ExplainedFlip]] = [:]
        for flip in flips {
            byCause["\(flip.kind.rawValue) \(flip.key ?? flip.cause)", default: []].append(flip)
        }
        return byCause.values.compactMap { members in
            members.first.map {
                FlipGroup(
                    cause: Self.usual(members), kind: $0.kind, count: members.count,
                    examples: Array(members.prefix(examples)))
            }
        }.sorted {
            ($0.kind.rawValue, -$0.count, $0.cause) < ($1.kind.rawValue, -$1.count, $1.cause)
        }
    }

    /// The words that most of a group have.
    private static func usual(_ members: [ExplainedFlip]) -> String {
        var counts: [String: Int] = [:]
        for member in members { counts[member.cause, default: 0] += 1 }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
    }

    /// The hashed feature that has these words in an explanation; nil for what has a name.
    private static func key(_ words: String, _ explanations: [Explanation]) -> String? {
        for (number, explanation) in explanations.enumerated() {
            for part in explanation.contributions {
                guard case .feature(let index, _, _, .ngrams) = part.subject,
                    VerdictChange.words(part) == words
                else { continue }
                return "\(number) \(index)"
            }
        }
        return nil
    }

    /// Explains the flips that a replay kept.
    ///
    /// - Parameters:
    ///   - top: how many features of each are told.
    ///   - most: how many of each kind are explained.
    ///   - mask: takes out of an explanation what people are not to see.
    package static func explained(
        _ tally: ReplayTally, _ first: ReplayVersion, _ second: ReplayVersion,
        form: RecordForm, top: Int, atMost most: Int = .max,
        mask: (Explanation) -> Explanation
    ) throws(SwerveError) -> [ExplainedFlip] {
        let terms = Terms(first, second)
        var found: [ExplainedFlip] = []
        for (kind, sample) in [
            (Flip.Kind.up, tally.up), (.down, tally.down), (.relabelled, tally.relabelled),
        ] {
            for flip in sample.flips.prefix(most) {
                guard let value = flip.value else {
                    found.append(
                        ExplainedFlip(flip: flip, kind: kind, change: nil, cause: notKept))
                    continue
                }
                let here = try RecordExplanation.of(
                    value, schema: flip.schema, by: first.scorer, form, top: featuresMax)
                let there = try RecordExplanation.of(
                    value, schema: flip.schema, by: second.scorer, form, top: featuresMax)
                guard let here, let there else {
                    found.append(
                        ExplainedFlip(flip: flip, kind: kind, change: nil, cause: unexplained))
                    continue
                }
                let (old, new) = (mask(here), mask(there))
                let whole = VerdictChange(from: old, to: new, top: featuresMax)
                let words = cause(whole, kind, terms)
                found.append(
                    ExplainedFlip(
                        flip: flip, kind: kind,
                        change: VerdictChange(from: old, to: new, top: top), cause: words,
                        key: key(words, [new, old])))
            }
        }
        for index in found.indices {
            let flip = found[index].flip
            found[index].avro = try AvroWords(flip.value, schema: flip.schema, form)
        }
        return found
    }

    private static let featuresMax = 5_000
}
