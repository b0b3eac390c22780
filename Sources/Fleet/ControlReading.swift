package import Lifecycle

/// What the control topic says of one model, as far as it can be read.
package enum ControlReading: Sendable, Equatable {
    case announced(ControlRecord)
    /// The topic was read, and says nothing of the model.
    case silent
    /// The topic was read, and its newest record of the model is none that this swerve can read.
    case garbled(String)
    /// The topic could not be read, and why.
    case unreadable(String)

    /// Reads what the value of a record under `key` is.
    package init(_ json: JSONValue, key: String) {
        do throws(SwerveError) {
            self = .announced(try ControlRecord(key: key.utf8, json: json))
        } catch {
            self = .garbled(error.description)
        }
    }

    package var isGarbled: Bool { if case .garbled = self { true } else { false } }

    package var record: ControlRecord? {
        guard case .announced(let record) = self else { return nil }
        return record
    }
}
