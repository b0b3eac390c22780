import FoundationEssentials
import Inputs
package import Lifecycle
import Platform
package import Transfer

/// The calls to a schema registry: requests as values.
package struct RegistryClient: Sendable {
    package enum Question: Sendable, Equatable {
        case wish(SchemaWish)
        /// Which id a schema has below a subject.
        case lookUp(subject: String, schema: String)
        /// The same, and the registry takes it where it lacks it.
        case register(subject: String, schema: String)

        var wanted: RegistryReply.Wanted {
            if case .wish = self { .schema } else { .identity }
        }
    }

    let settings: SchemaRegistrySettings
    /// The urls for people.
    private let places: [String]

    package init(_ settings: SchemaRegistrySettings) {
        self.settings = settings
        places = settings.urls.map { (try? WebAddress($0, act: "").shown) ?? $0.printable }
    }

    /// For people and logs.
    func place(_ url: Int) -> String {
        let place = places[url]
        return place.hasSuffix("/") ? String(place.dropLast()) : place
    }

    /// Reads the secrets anew.
    ///
    /// - Throws: `.unavailable` for a file of a secret that cannot be used; `.usage` for a subject
    ///   that no url has room for.
    package func request(_ question: Question, url: Int) throws(SwerveError) -> WebRequest {
        let act = "asking \(place(url))"
        let address = try WebAddress(settings.urls[url] + Self.path(question), act: act)
        var request = WebRequest(address)
        request.headers = ["Accept: \(Self.mediaType), application/json"]
        request.headers += settings.headers.sorted { $0.key < $1.key }
            .map { $0.value.isEmpty ? "\($0.key);" : "\($0.key): \($0.value)" }
        request.takesCompressed = true
        if let schema = Self.posted(question) {
            request.headers.append("Content-Type: \(Self.mediaType)")
            let body: JSONValue = ["schema": .string(schema)]
            request.posted = String(decoding: body.bytes, as: UTF8.self)
        }
        request.authorization = try authorization(act)
        return request
    }

    private func authorization(
        _ act: String
    ) throws(SwerveError) -> WebRequest.Authorization? {
        if let user = settings.user {
            let password = try secret(settings.passwordFile, settings.password, act)
            return .basic(Data("\(user):\(password)".utf8).base64EncodedString())
        }
        guard settings.bearerFile != nil || settings.bearer != nil else { return nil }
        return .bearer(try secret(settings.bearerFile, settings.bearer, act))
    }

    private func secret(
        _ file: String?, _ text: String?, _ act: String
    ) throws(SwerveError) -> String {
        guard let file else { return text ?? "" }
        return try SecretFile(path: file).read(act: act)
    }

    private static func path(_ question: Question) -> String {
        switch question {
        case .wish(.schema(.id(let number))): "/schemas/ids/\(number)"
        case .wish(.schema(let guid)): "/schemas/guids/\(guid.words)"
        case .wish(.version(let version)):
            "/subjects/\(segment(version.subject))/versions/\(version.version)?deleted=true"
        case .lookUp(let subject, _): "/subjects/\(segment(subject))"
        case .register(let subject, _): "/subjects/\(segment(subject))/versions"
        }
    }

    /// A subject of dots alone would lead to another place.
    private static func segment(_ subject: String) -> String {
        [".", ".."].contains(subject)
            ? subject.map { _ in "%2E" }.joined() : subject.percentEncoded
    }

    private static func posted(_ question: Question) -> String? {
        switch question {
        case .wish: nil
        case .lookUp(_, let schema), .register(_, let schema): schema
        }
    }

    private static let mediaType = "application/vnd.schemaregistry.v1+json"
}
