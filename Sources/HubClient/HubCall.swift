import Lifecycle
import Transfer

/// Where an operation of the hub's API is, and how a backend's request is said there.
struct HubCall {
    let method: String
    /// A name in braces is a field of the request, which stands there and nowhere else.
    let path: String
    /// Makes the API's fields of those of the request.
    var shape: (inout [String: JSONValue]) -> Void = { _ in }

    init(
        _ method: String, _ path: String,
        shape: @escaping (inout [String: JSONValue]) -> Void = { _ in }
    ) {
        self.method = method
        self.path = path
        self.shape = shape
    }

    /// - Parameter more: fields beside those of the request.
    func request(
        _ value: some Encodable, more: [String: JSONValue] = [:]
    ) throws(SwerveError) -> HubLink.Request {
        var fields = try JSONValueEncoder.encode(value).object ?? [:]
        shape(&fields)
        fields.merge(more) { $1 }
        var segments: [String] = []
        for segment in path.split(separator: "/") {
            guard segment.hasPrefix("{") else {
                segments.append(String(segment))
                continue
            }
            let name = String(segment.dropFirst().dropLast())
            segments.append(Self.text(fields.removeValue(forKey: name)).percentEncoded)
        }
        var request = HubLink.Request(method: method, path: "/" + segments.joined(separator: "/"))
        guard method == "GET" else {
            if !fields.isEmpty { request.body = JSONValue.object(fields).bytes }
            return request
        }
        request.query = fields.sorted { $0.key < $1.key }
            .map { (name: $0.key, value: Self.text($0.value)) }
        return request
    }

    private static func text(_ value: JSONValue?) -> String {
        value.map { $0.string ?? $0.text } ?? ""
    }

    /// `NAME@V` in one field: as the model and the version of the path.
    static func split(_ fields: inout [String: JSONValue]) {
        guard let text = fields["version"]?.string, let at = text.firstIndex(of: "@") else {
            return
        }
        fields["model"] = .string(String(text[..<at]))
        fields["version"] = .string(String(text[text.index(after: at)...]))
    }

    /// The conditions of a change stand beside it.
    static func flat(_ fields: inout [String: JSONValue]) {
        guard let terms = fields.removeValue(forKey: "terms")?.object else { return }
        fields.merge(terms) { $1 }
    }
}
