import Lifecycle
import Registry

/// What a bundle says of its training: where the model lived before, and what was said of it there.
///
/// The exporter writes it as `"training":{"note":…,"lineage":{…},"metrics":{…},"tags":{…}}`. Nothing
/// of it is a part of the model; `VersionMetadata` bounds it.
struct TrainingRecord: Equatable {
    var note = ""
    var metrics: [String: Double] = [:]
    var tags: [String: String] = [:]
    var lineage = Lineage()

    init() {}

    /// - Parameter json: the value of `training`; other fields in it are passed over.
    /// - Throws: `.invalid` that names the field of another type.
    init(_ json: JSONValue?, act: String) throws(SwerveError) {
        guard let json, json != .null else { return }
        func wrong(_ field: String, _ kind: String) -> SwerveError {
            SwerveError(
                .invalid, act: act, reason: "training\(field.shortened(to: 80)) is not \(kind)",
                remedy: "write the bundle with swerve-export")
        }
        guard json.object != nil else { throw wrong("", "an object") }
        guard let note = (json["note"] ?? "").string else { throw wrong(".note", "a text") }
        // Of four bytes at most each: a note was bounded by its characters once.
        self.note =
            note.utf8.count <= Limits.remarkBytes
            ? note : String(String.UnicodeScalarView(note.unicodeScalars.prefix(Self.noteScalars)))
        for (name, value) in try Self.fields(json, "metrics", wrong) {
            guard let number = value.double, number.isFinite else {
                throw wrong(".metrics.\(name)", "a finite number")
            }
            metrics[name] = number
        }
        for (name, value) in try Self.fields(json, "tags", wrong) {
            guard let text = value.string else { throw wrong(".tags.\(name)", "a text") }
            tags[name] = text
        }
        let said = try Self.fields(json, "lineage", wrong)
        if let (name, _) = said.first(where: { $0.value.string == nil }) {
            throw wrong(".lineage.\(name)", "a text")
        }
        lineage = Lineage(.object(said))
    }

    private static let noteScalars = Limits.remarkBytes / 4

    private static func fields(
        _ json: JSONValue, _ name: String, _ wrong: (String, String) -> SwerveError
    ) throws(SwerveError) -> [String: JSONValue] {
        guard let value = json[name], value != .null else { return [:] }
        guard let fields = value.object else { throw wrong(".\(name)", "an object") }
        return fields
    }

    /// What is said of the version elsewhere, completed by this.
    func completing(_ given: VersionMetadata) -> VersionMetadata {
        given.completed(note: note, metrics: metrics, tags: tags, lineage: lineage)
    }
}
