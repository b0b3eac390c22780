package import Inputs
package import Lifecycle
import Platform
import Scoring

/// Writes what a featurizer makes of lines as LIBSVM text, so that training sees what serving sees.
package struct OfflineFeaturizer {
    private let featurizer: Featurizer

    /// Reads the featurizer spec at `path`.
    package init(specFile path: String) throws(SwerveError) {
        let bytes = try StateFile.read(path, limit: Limits.featurizerSpecBytes)
        featurizer = try Featurizer(try FeaturizerSpec(parsing: bytes, file: path))
    }

    /// Hands over one line of LIBSVM text for each line of `path` (nil: standard input): the line's
    /// label, 0 without one, then `index:value` from index 1, ascending.
    ///
    /// Stored zeros are left out, as the format means them.
    ///
    /// - Parameter settings: how lines are read; only JSON has labels.
    /// - Throws: at the first line that is no input: a training set with holes is no training set.
    package func featurizeLines(
        of path: String?, labelField: String, settings: InputSettings = LineDecoder.settings,
        _ emit: (String) -> Void
    ) throws(SwerveError) {
        let reader = try FileLineReader(path: path)
        let decoder = try LineDecoder(
            settings, labelField: labelField, want: InputWant(featurizer))
        let buffer = FeatureBuffer()
        try reader.forEach { number, line throws(SwerveError) in
            guard !line.isEmpty else { return true }
            do throws(InputLineRefusal) {
                let input = try decoder.decode(line)
                featurizer.features(of: input.input, into: buffer)
                if let fault = buffer.fault {
                    let words = featurizer.words(of: fault)
                    throw InputLineRefusal(reason: nil, words: words, id: input.id)
                }
                emit(Self.line(input.label ?? "0", buffer.sortedFeatures()))
            } catch {
                throw error.error("featurizing \(reader.name)", line: number)
            }
            return true
        }
    }

    private static func line(_ label: String, _ features: [Feature]) -> String {
        var text = label
        text.reserveCapacity(features.count * 28)
        for feature in features where feature.value != 0 {
            text += " \(feature.index + 1):\(feature.value)"
        }
        return text
    }
}
