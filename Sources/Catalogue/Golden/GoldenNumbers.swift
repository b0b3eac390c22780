import Lifecycle
import Scoring

/// Golden inputs that Swerve makes itself, for whatever a featurizer reads.
///
/// Never change them: the same files must give the same artifact.
enum GoldenNumbers {
    /// Texts for a featurizer that reads texts, vectors for one that reads numbers, and both side
    /// by side for one that reads both.
    static func inputs(for featurizer: Featurizer) -> [OwnedInput] {
        let textNames = featurizer.textNames
        let hasTexts = featurizer.needs.contains(.text) || !textNames.isEmpty
        let texts = hasTexts ? GoldenTexts.all : []
        guard featurizer.needs != .text else { return texts.map { OwnedInput(text: $0) } }
        let width = max(
            featurizer.denseCount ?? 0, featurizer.sparseCount ?? 0, featurizer.fieldNames.count)
        let patterns = patterns(width: featurizer.denseCount ?? 0)
        let count = max(texts.count, patterns.count)
        guard count > 0, width > 0 || !textNames.isEmpty else { return [] }
        let (categories, codes) = (featurizer.sampleTexts, featurizer.sampleNumbers)
        return (0..<count).map { position in
            let pattern = patterns[position % patterns.count]
            var input = OwnedInput()
            if featurizer.needs.contains(.text) { input.text = texts[position % texts.count] }
            for (index, name) in textNames.enumerated() {
                let own = categories[name] ?? texts
                let text = own[(position + index) % own.count]
                input.texts[name] = Array(text.prefix(textBytes / textNames.count))
            }
            input.dense = featurizer.denseCount.map { count in
                (0..<count).map { pattern.value($0) }
            }
            let shift = featurizer.readsIndexZero ? 1 : 0
            input.sparse = featurizer.sparseCount.map { count in
                sparse(pattern, count: count).map {
                    Feature(index: $0.index - shift, value: $0.value)
                }
            }
            for (index, name) in featurizer.fieldNames.enumerated() {
                let own = codes[name]
                input.fields[name] =
                    own.map { $0[(position + index) % $0.count] }
                    ?? pattern.value(index)
            }
            return input
        }
    }

    /// What the numbers of a vector are, by their place in it.
    private struct Pattern: Sendable {
        /// How many digits a number has at most, so that long vectors stay within the limits.
        let digits: Int
        let value: @Sendable (Int) -> Double
    }

    private static let all: [Pattern] = [
        Pattern(digits: 1) { _ in 0 },
        Pattern(digits: 1) { _ in 1 },
        Pattern(digits: 2) { _ in -1 },
        Pattern(digits: 1) { $0 == 0 ? 1 : 0 },
        Pattern(digits: 7) { Double($0) },
        Pattern(digits: 4) { $0.isMultiple(of: 2) ? 0.5 : -0.5 },
        Pattern(digits: 4) { Double($0 % 7) * 0.25 },
        Pattern(digits: 7) { -Double($0 % 100) / 16 },
        Pattern(digits: 5) { _ in 1e6 },
        Pattern(digits: 5) { _ in 1e-6 },
        Pattern(digits: 8) { random($0, seed: 1, scale: 1) },
        Pattern(digits: 8) { random($0, seed: 2, scale: 1) },
        Pattern(digits: 8) { random($0, seed: 3, scale: 10) },
        Pattern(digits: 9) { random($0, seed: 4, scale: 100) },
        Pattern(digits: 9) { random($0, seed: 5, scale: 100).magnitude },
        Pattern(digits: 10) { random($0, seed: 6, scale: 1_000).magnitude },
    ]

    /// As many of them as leave room for texts; the first always.
    private static func patterns(width: Int) -> [Pattern] {
        var bytes = 0
        let fitting = all.filter { pattern in
            bytes += width * (pattern.digits + 1)
            return bytes <= Limits.goldenBytes / 2
        }
        return fitting.isEmpty ? [all[0]] : fitting
    }

    /// A multiple of 1/1024 between -scale and scale, another one in each place.
    private static func random(_ place: Int, seed: UInt64, scale: Double) -> Double {
        var mixed = UInt64(place) &* 0x9E37_79B9_7F4A_7C15 &+ seed &* 0xD134_2543_DE82_EF95
        mixed = (mixed ^ (mixed >> 32)) &* 0xBF58_476D_1CE4_E5B9
        return (Double(mixed >> 53) / 1_024 - 1) * scale
    }

    /// The numbers that are not 0, spread over a space that may be large.
    private static func sparse(_ pattern: Pattern, count: Int) -> [Feature] {
        let step = max(1, count / sparseMax)
        return stride(from: 0, to: count, by: step).prefix(sparseMax).compactMap { index in
            let value = pattern.value(index)
            return value == 0 ? nil : Feature(index: index, value: value)
        }
    }

    private static let sparseMax = 64
    /// Of all named texts of one input.
    private static let textBytes = 64 << 10
}
