package import Lifecycle

/// How right versions are by labels that came later: a value.
package struct LabelScores: Sendable, Equatable {
    /// One class of one version, against all others.
    package struct Class: Sendable, Equatable {
        package let name: String
        package fileprivate(set) var truePositives = 0
        package fileprivate(set) var falsePositives = 0
        package fileprivate(set) var falseNegatives = 0

        /// Of the records that the version calls so, those that are.
        package var precision: Proportion {
            Proportion(truePositives, of: truePositives + falsePositives)
        }

        /// Of the records that are, those that the version calls so.
        package var recall: Proportion {
            Proportion(truePositives, of: truePositives + falseNegatives)
        }
    }

    package struct Row: Sendable, Equatable {
        package let version: Int
        package let records: Int
        /// By the name of the class.
        package let classes: [Class]
    }

    /// All labels that count, by version.
    package let all: [Row]
    /// Those of records that were drawn at random, by version: of these alone recall speaks of the
    /// stream.
    package let random: [Row]
    /// Labels that count, by basis; `""` is none.
    package let bases: [String: Int]
    /// Labels that are no class of the version that decided, and the first of them.
    package let strange: Int
    package let firstStrange: String?

    /// - Parameter classes: the names of a version's classes; nil where they are not known.
    package init(_ book: LabelBook, classes: (Int) -> [String]?) {
        var (bases, strange): ([String: Int], Int) = ([:], 0)
        var firstStrange: String?
        var (all, random): ([Int: Counting], [Int: Counting]) = ([:], [:])
        var known: [Int: Set<String>?] = [:]
        for entry in book.entries where entry.counts {
            guard let match = entry.match else { continue }
            if known[match.version] == nil {
                known.updateValue(classes(match.version).map { Set($0) }, forKey: match.version)
            }
            if let names = known[match.version] ?? nil, !names.contains(entry.label) {
                strange += 1
                firstStrange =
                    firstStrange
                    ?? "\(entry.subject.words) is '\(entry.label.shortened(to: 80))', and version "
                    + "\(match.version) has \(names.sorted().joined(separator: ", "))"
                continue
            }
            bases[entry.basis ?? "", default: 0] += 1
            all[match.version, default: Counting()].add(entry.label, called: match.label)
            guard entry.basis == LabelRecord.random else { continue }
            random[match.version, default: Counting()].add(entry.label, called: match.label)
        }
        self.bases = bases
        self.strange = strange
        self.firstStrange = firstStrange?.shortened(to: 300)
        self.all = Self.rows(all)
        self.random = Self.rows(random)
    }

    private struct Counting {
        var records = 0
        var classes: [String: Class] = [:]

        mutating func add(_ label: String, called: String) {
            records += 1
            guard label != called else {
                classes[label, default: Class(name: label)].truePositives += 1
                return
            }
            classes[label, default: Class(name: label)].falseNegatives += 1
            classes[called, default: Class(name: called)].falsePositives += 1
        }
    }

    private static func rows(_ counted: [Int: Counting]) -> [Row] {
        counted.sorted { $0.key < $1.key }.map { version, counting in
            Row(
                version: version, records: counting.records,
                classes: counting.classes.values.sorted { $0.name < $1.name })
        }
    }
}
