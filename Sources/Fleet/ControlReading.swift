package import Lifecycle

/// What the control topic says of one model, as far as it can be read.
package enum ControlReading: Sendable, Equatable {
    case announced(ControlRecord)
    /// The topic was read, and says nothing of the model.
    case silent
    /// Neither the topic nor its record could be read, and why.
    case unreadable(String)

    /// Reads what the value of a record under `key` is.
    package init(_ json: JSONValue, key: String) {
        do throws(SwerveError) {
            self = .announced(try ControlRecord(key: key.utf8, json: json))
        } catch {
            self = .unreadable(error.description)
        }
    }

    package var record: ControlRecord? {
        guard case .announced(let record) = self else { return nil }
        return record
    }
}
