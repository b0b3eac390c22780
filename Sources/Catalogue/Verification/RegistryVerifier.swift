package import Lifecycle
import ModelFormats
import Platform
package import Registry
import Scoring

/// Recomputes what a registry promises: the digest of every manifest and file, and the self-test of
/// every artifact, as a worker does at each load.
///
/// One artifact is in memory at a time, and one that several versions share is checked once.
package final class RegistryVerifier {
    /// What to check.
    package enum Scope: Sendable, Equatable {
        case all
        case model(ModelName)
        case version(VersionReference)
    }

    /// How many there were of each.
    package struct Counts: Sendable, Equatable, Codable {
        package internal(set) var sound = 0
        package internal(set) var failed = 0
        package internal(set) var skipped = 0
        /// What SQLite found wrong with the file; nil where it was not asked.
        package internal(set) var integrity: [String]?

        /// Whether anything failed.
        package var isSound: Bool { failed == 0 && (integrity ?? []).isEmpty }
        package var total: Int { sound + failed + skipped }

        package init() {}

        /// Adds what another run came to, of other versions.
        package mutating func add(_ other: Counts) {
            sound += other.sound
            failed += other.failed
            skipped += other.skipped
            if let found = other.integrity { integrity = (integrity ?? []) + found }
        }
    }

    /// What the check of one thing in a registry came to.
    package struct Check: Sendable, Equatable, Codable {
        package enum Outcome: Sendable, Equatable, Codable {
            /// Digests and self-test agree, over so many golden inputs and bytes.
            case sound(goldenInputs: Int, bytes: Int)
            case failed(String)
            case skipped(String)
        }

        /// `http-anomaly@3`; a model's name where the fault is not a version's.
        package let subject: String
        package let digest: Digest?
        package let outcome: Outcome

        package var json: JSONValue {
            var fields: [String: JSONValue] = [
                "subject": .string(subject),
                "digest": digest.map { .string($0.description) } ?? .null,
            ]
            switch outcome {
            case .sound(let inputs, let bytes):
                fields["result"] = "ok"
                fields["golden_inputs"] = .int(Int64(inputs))
                fields["bytes"] = .int(Int64(bytes))
            case .failed(let reason):
                fields["result"] = "failed"
                fields["reason"] = .string(reason)
            case .skipped(let reason):
                fields["result"] = "skipped"
                fields["reason"] = .string(reason)
            }
            return .object(fields)
        }
    }

    private let registry: Registry
    private let found: (Check) -> Void
    private let progress: (String) -> Void
    private let pageRows: Int
    private var counts = Counts()
    private var left = Int.max
    /// Where the next run goes on; nil where all of the scope was checked.
    package private(set) var reached: VersionReference?
    private var last: VersionReference?
    /// Of artifacts that several versions have.
    private var shared: [Digest: Check.Outcome] = [:]

    /// - Parameters:
    ///   - found: takes what each check came to, as it comes.
    ///   - progress: hears what is about to be checked.
    ///   - pageRows: how many versions' rows are in memory at a time.
    package init(
        _ registry: Registry, found: @escaping (Check) -> Void,
        progress: @escaping (String) -> Void = { _ in }, pageRows: Int = 500
    ) {
        self.pageRows = pageRows
        self.registry = registry
        self.found = found
        self.progress = progress
    }

    /// Checks everything in `scope`; the file itself only with all of it, and first.
    ///
    /// - Parameters:
    ///   - after: what a run before this one had reached; nil begins.
    ///   - count: how many versions at most.
    /// - Throws: where the registry cannot be walked at all, `.notFound` for a model or version
    ///   that is not there. What is damaged is found, not thrown.
    package func run(
        _ scope: Scope, after: VersionReference? = nil, atMost count: Int = .max
    ) throws(SwerveError) -> Counts {
        left = count
        switch scope {
        case .version(let reference):
            check(try registry.versionRow(reference))
        case .model(let model):
            if try registry.versionRows(of: model, above: 0, limit: 1).isEmpty {
                // For its words where there is no such model.
                _ = try registry.versions(of: model)
            }
            try check(model, after: after)
        case .all:
            if after == nil {
                progress("the file")
                counts.integrity = try registry.checkIntegrity()
            }
            let (names, faults) = try registry.modelRows()
            if after == nil {
                for fault in faults { tell("a model", nil, .failed(fault.description)) }
            }
            for name in names where reached == nil {
                if let after, name < after.model { continue }
                try check(name, after: after)
            }
        }
        return counts
    }

    private func check(
        _ model: ModelName, after: VersionReference?
    ) throws(SwerveError) {
        var above = Int.min
        if let after, after.model == model {
            above = after.version
        } else {
            for fault in try registry.faults(of: model) {
                tell(model.description, nil, .failed(fault.description))
            }
        }
        while true {
            let page = try registry.versionRows(of: model, above: above, limit: pageRows)
            for version in page {
                // A row of a number that no version has is no place to go on from.
                guard left > 0 || last.map({ $0.version <= 0 }) ?? false else {
                    return reached = last ?? after
                }
                check(version)
                left -= 1
                last = version.reference
            }
            guard page.count == pageRows, let final = page.last else { return }
            above = final.reference.version
        }
    }

    private func check(_ version: VersionRow) {
        let subject = version.reference.description
        progress(subject)
        switch version.content {
        case .failure(let fault): tell(subject, nil, .failed(fault.description))
        case .success(let content):
            if content.isCollected {
                return tell(subject, content.digest, .skipped("its files were collected"))
            }
            guard let facts = content.facts else {
                return tell(subject, content.digest, .failed("the registry has no facts of it"))
            }
            tell(subject, content.digest, outcome(content, facts))
        }
    }

    private func outcome(
        _ content: VersionRow.Content, _ facts: VersionRow.StoredFacts
    ) -> Check.Outcome {
        // Facts belong to each version, so what is remembered of an artifact is not all.
        if content.isShared, let known = shared[content.digest],
            known.isFailure || facts == sharedFacts[content.digest]
        {
            return known
        }
        let outcome: Check.Outcome
        do throws(SwerveError) {
            outcome = try Self.check(content.digest, facts, in: registry)
        } catch {
            outcome = .failed(error.description)
        }
        if content.isShared {
            shared[content.digest] = outcome
            sharedFacts[content.digest] = facts
        }
        return outcome
    }

    private var sharedFacts: [Digest: VersionRow.StoredFacts] = [:]

    private static func check(
        _ digest: Digest, _ facts: VersionRow.StoredFacts, in registry: Registry
    ) throws(SwerveError) -> Check.Outcome {
        let artifact = try registry.artifact(digest)
        let found = ContentHash.sha256(artifact.manifestBytes)
        guard found == digest else {
            return .failed("its manifest is \(found)")
        }
        let manifest = try ArtifactManifest(parsing: artifact.manifestBytes)
        let listed = Set(manifest.files.map(\.name))
        if let extra = artifact.files.keys.sorted().first(where: { !listed.contains($0) }) {
            return .failed("its manifest does not list file '\(extra)'")
        }
        let scorer = try OfflineScorer.load(artifact)
        if let fault = difference(facts, manifest, VersionFacts(scorer)) { return .failed(fault) }
        let golden = manifest.file(.golden).flatMap { artifact.files[$0.name] } ?? []
        return .sound(
            goldenInputs: golden.count { $0 == UInt8(ascii: "\n") },
            bytes: artifact.files.values.reduce(0) { $0 + $1.count })
    }

    /// What the registry's lists say otherwise than the artifact.
    private static func difference(
        _ stored: VersionRow.StoredFacts, _ manifest: ArtifactManifest, _ facts: VersionFacts
    ) -> String? {
        let bytes = manifest.files.reduce(Int64(0)) { $0 + Int64($1.bytes) }
        let told = stored.told
        let pairs: [(name: String, isSame: Bool)] = [
            ("format", stored.format == manifest.format), ("bytes", stored.bytes == bytes),
            ("threshold", stored.threshold == manifest.threshold),
            ("golden", stored.golden == manifest.goldenSource.rawValue),
            ("labels", told.labels == nil || told.labels == facts.labels),
            ("task", told.task == nil || told.task == facts.task),
            ("input view", told.inputView == nil || told.inputView == facts.inputView),
            ("features", told.features == nil || told.features == facts.features),
        ]
        return pairs.first { !$0.isSame }.map {
            "the registry's \($0.name) of it is not the artifact's; it was edited by hand"
        }
    }

    private func tell(_ subject: String, _ digest: Digest?, _ outcome: Check.Outcome) {
        switch outcome {
        case .sound: counts.sound += 1
        case .failed: counts.failed += 1
        case .skipped: counts.skipped += 1
        }
        found(Check(subject: subject, digest: digest, outcome: outcome))
    }
}

extension RegistryVerifier.Check.Outcome {
    fileprivate var isFailure: Bool { if case .failed = self { true } else { false } }
}
