import Lifecycle
import Platform
import Verification

/// The list of what a version decided: lines of JSON, in a file that is there once it is whole.
///
/// It is written beside the file that is named, whose place it takes in the end: until then that
/// one stays as it was, and of two that write it at once the last is there, whole.
final class ImpactList {
    private let path: String
    private let temporary: String
    private let file: PartialFile
    private var waiting: [UInt8] = []
    private var isPublished = false

    /// - Throws: where no file can be made there; `.invalid` for what is there and is no file.
    init(_ path: String) throws(SwerveError) {
        self.path = path
        try StateFile.checkReplaceable(path)
        temporary = StateFile.temporaryName(for: path)
        try StateFile.reserve(temporary, for: path)
        file = try PartialFile(temporary)
    }

    func add(_ record: ImpactedRecord) throws(SwerveError) {
        try add(ImpactText.document(record))
    }

    func add(_ letter: ImpactedLetter) throws(SwerveError) {
        try add(ImpactText.document(letter))
    }

    private func add(_ document: JSONValue) throws(SwerveError) {
        waiting += document.bytes
        waiting.append(UInt8(ascii: "\n"))
        if waiting.count >= Self.chunkBytes { try flush() }
    }

    private func flush() throws(SwerveError) {
        try file.append(waiting)
        waiting.removeAll(keepingCapacity: true)
    }

    /// Puts the list in its place.
    func finish() throws(SwerveError) {
        try flush()
        try StateFile.publish(temporary, as: path)
        isPublished = true
    }

    /// Takes away what was written where it did not come to its end.
    func close() {
        file.close()
        if !isPublished { _ = try? StateFile.remove(temporary) }
    }

    private static let chunkBytes = 65_536
}
