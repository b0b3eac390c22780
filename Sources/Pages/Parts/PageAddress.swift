package import Lifecycle

/// Where each page is: the one place that knows paths and the names of their parameters.
package enum PageAddress {
    package static let signIn = "/sign-in"
    /// Where browsers come back to from an issuer.
    package static let signInCallback = "/sign-in/callback"
    package static let signInAtIssuerPath = "/sign-in/issuer"
    package static let signOut = "/sign-out"
    package static let access = "/access"

    /// An address of this hub as it is, and its first page for any other.
    ///
    /// Never away from this hub, and nothing that ends a line of a head.
    package static func own(_ text: String) -> String {
        let isOwn =
            text.hasPrefix("/") && !text.hasPrefix("//") && text.utf8.count <= 2_048
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
        return isOwn ? text : "/"
    }

    /// The way to the issuer.
    ///
    /// - Parameter next: where the browser goes afterwards.
    package static func signInAtIssuer(next: String) -> String {
        address(signInAtIssuerPath, [("next", next == "/" ? nil : next)])
    }

    /// - Parameters:
    ///   - search: a part of a model's name.
    ///   - page: from 1 on.
    package static func overview(search: String = "", page: Int = 1) -> String {
        address(
            "/", [("search", search.isEmpty ? nil : search), ("page", page > 1 ? "\(page)" : nil)])
    }

    /// - Parameters:
    ///   - versionsBelow: versions with lower numbers alone; nil begins with the newest.
    ///   - changesBelow: changes of lower epochs alone.
    package static func model(
        _ model: ModelName, versionsBelow: Int? = nil, changesBelow: Int64? = nil
    ) -> String {
        address(
            "/models/\(model)",
            [
                ("versions_below", versionsBelow.map { "\($0)" }),
                ("changes_below", changesBelow.map { "\($0)" }),
            ])
    }

    /// - Parameter against: the version that it is compared with.
    package static func version(_ model: ModelName, _ version: Int, against: Int? = nil) -> String {
        address("/models/\(model)/versions/\(version)", [("against", against.map { "\($0)" })])
    }

    package static func act(_ act: PageAct, on model: ModelName) -> String {
        address("/models/\(model)/acts/\(act.name)", act.fields.map { ($0.name, $0.value) })
    }

    /// Where the form of an act sends its fields.
    package static func actForm(_ act: PageAct, on model: ModelName) -> String {
        "/models/\(model)/acts/\(act.name)"
    }

    package static func fleet(page: Int = 1) -> String {
        address("/fleet", [("page", page > 1 ? "\(page)" : nil)])
    }

    /// - Parameter page: of its slots, from 1 on.
    package static func fleet(of model: ModelName, page: Int = 1) -> String {
        address("/fleet/\(model)", [("page", page > 1 ? "\(page)" : nil)])
    }

    /// - Parameters:
    ///   - model: entries on this one alone.
    ///   - below: entries with lower numbers alone; nil begins with the newest.
    package static func audit(model: String? = nil, below: Int64? = nil) -> String {
        address("/audit", [("model", model), ("below", below.map { "\($0)" })])
    }

    /// The stream of fragments for the page at `address`.
    package static func live(_ address: String) -> String { "/live" + address }

    private static func address(_ path: String, _ fields: [(String, String?)]) -> String {
        let given = fields.compactMap { name, value in
            value.map { "\(name)=\($0.percentEncoded)" }
        }
        return given.isEmpty ? path : "\(path)?\(given.joined(separator: "&"))"
    }
}
