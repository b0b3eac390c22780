package import Inputs
import Lifecycle

/// A schema of a registry by its place there, as references name it.
package struct SchemaVersion: Sendable, Hashable {
    package let subject: String
    package let version: Int

    package init(subject: String, version: Int) {
        self.subject = subject
        self.version = version
    }

    init(_ reference: SchemaReference) {
        self.init(subject: reference.subject, version: Int(reference.version))
    }

    /// For people.
    var words: String { "\(subject.shortened(to: 100)) version \(version)".printable }
}

/// The schemas that one schema refers to, found one after another.
///
/// Each is asked for once, however often it is named.
package struct SchemaReferences: Sendable {
    package enum Next: Sendable {
        /// This one is missing.
        case fetch(SchemaVersion)
        /// All of them, each behind those that it refers to itself.
        case complete([SchemaText])
        case bad(String)
    }

    package let root: SchemaText
    private var found: [SchemaVersion: SchemaText] = [:]

    package init(root: SchemaText) { self.root = root }

    package mutating func add(_ version: SchemaVersion, _ text: SchemaText) {
        found[version] = text
    }

    /// Bytes of all texts.
    private var bytes: Int { found.values.reduce(root.text.count) { $0 + $1.text.count } }

    package func next() -> Next {
        var walk = Walk(found: found)
        walk.visit(root, depth: 0)
        if let words = walk.fault { return .bad(words) }
        guard bytes <= Self.bytesMax else {
            return .bad("it has more than \(Self.bytesMax) bytes with all that it refers to")
        }
        if let missing = walk.missing { return .fetch(missing) }
        return .complete(walk.order)
    }

    private static let bytesMax = 8 << 20

    /// Depth first, so that what a schema refers to comes before it.
    private struct Walk {
        let found: [SchemaVersion: SchemaText]
        var order: [SchemaText] = []
        var missing: SchemaVersion?
        var fault: String?
        private var named: Set<SchemaVersion> = []
        private var open: Set<SchemaVersion> = []

        init(found: [SchemaVersion: SchemaText]) { self.found = found }

        mutating func visit(_ text: SchemaText, depth: Int) {
            for reference in text.references where fault == nil {
                let version = SchemaVersion(reference)
                guard !open.contains(version) else {
                    fault = "its references come back to \(version.words)"
                    return
                }
                guard depth < SchemaText.referenceDepthMax else {
                    fault = "its references are more than \(SchemaText.referenceDepthMax) deep"
                    return
                }
                guard named.insert(version).inserted else { continue }
                guard named.count <= SchemaText.referencesMax else {
                    fault = "it has more than \(SchemaText.referencesMax) references"
                    return
                }
                guard let text = found[version] else {
                    missing = missing ?? version
                    continue
                }
                open.insert(version)
                visit(text, depth: depth + 1)
                open.remove(version)
                order.append(text)
            }
        }
    }
}
