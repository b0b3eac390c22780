import Lifecycle
import Pages
import Web

/// Which page somebody asks for, as its address says; the stream of a page has the same.
enum PageAsked: Sendable, Hashable {
    case overview(search: String, page: Int)
    case model(ModelName, versionsBelow: Int?, changesBelow: Int64?)
    case version(ModelName, String, against: Int?)
    case fleet(page: Int)
    case modelFleet(ModelName, page: Int)
    case audit(model: ModelName?, below: Int64?)
    case access

    /// What of an address names a page.
    enum Kind: Sendable {
        case overview, model, version, fleet, modelFleet, audit, access
    }

    /// - Throws: `.usage` for what means nothing. What is no page's is passed over: links from
    ///   elsewhere may have more.
    init(_ kind: Kind, _ request: HTTPRequest) throws(SwerveError) {
        let query = try request.queryValues()
        switch kind {
        case .overview:
            let search = (query["search"] ?? "").shortened(to: Self.searchCharacters)
            self = .overview(search: search, page: try Self.page(query))
        case .model:
            self = .model(
                try Self.model(request),
                versionsBelow: try Self.number(query, "versions_below").map { Int($0) },
                changesBelow: try Self.number(query, "changes_below"))
        case .version:
            self = .version(
                try Self.model(request), request.parameters["version"] ?? "",
                against: try Self.number(query, "against").map { Int($0) })
        case .fleet: self = .fleet(page: try Self.page(query))
        case .modelFleet:
            self = .modelFleet(try Self.model(request), page: try Self.page(query))
        case .audit:
            let model = query["model"] ?? ""
            self = .audit(
                model: model.isEmpty ? nil : try ModelName(model),
                below: try Self.number(query, "below"))
        case .access: self = .access
        }
    }

    /// The model that it is about; nil for all.
    var model: ModelName? {
        switch self {
        case .model(let model, _, _), .version(let model, _, _), .modelFleet(let model, _): model
        case .audit(let model, _): model
        case .overview, .fleet, .access: nil
        }
    }

    static func model(_ request: HTTPRequest) throws(SwerveError) -> ModelName {
        try ModelName(request.parameters["model"] ?? "")
    }

    private static func page(_ query: [String: String]) throws(SwerveError) -> Int {
        Int(try number(query, "page") ?? 1)
    }

    /// Above 0, and small enough for any sum.
    private static func number(
        _ query: [String: String], _ name: String
    ) throws(SwerveError) -> Int64? {
        guard let text = query[name], !text.isEmpty else { return nil }
        guard text.utf8.count <= 15, let number = Int64(text), number > 0 else {
            throw SwerveError(
                .usage, act: "reading the address",
                reason: "\(name)=\(text.shortened(to: 40)) is no number above 0")
        }
        return number
    }

    private static let searchCharacters = 63
}
