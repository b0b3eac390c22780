import Foundation
import Platform

/// `Tests/WebServer/serve.py` as a child: a web server whose paths say what goes wrong.
package final class WebServer {
    /// One request, as the server got it.
    package struct Request: Decodable, Equatable {
        package let method: String
        package let path: String
        package let range: String?
        package let ifRange: String?
        package let authorization: String?
        package let cacheControl: String?
        package let body: String?
        package let webhookID: String?
        /// Bytes of the answer's body.
        package let sent: Int
    }

    package static let isPossible = FileManager.default.fileExists(atPath: python)

    package let port: Int
    private let process: ChildProcess
    private let isSecure: Bool
    private var lines: PipeLineReader

    /// - Parameters:
    ///   - folder: of the files that it serves.
    ///   - script: what serves them, in `Tests/WebServer`.
    ///   - identity: certificate and key; nil for plain HTTP.
    ///   - clientCA: what clients have to show a certificate of; nil where they need none.
    package init(
        _ folder: String, script: String = "serve.py",
        identity: (certificate: String, key: String)? = nil,
        clientCA: String? = nil
    ) throws {
        var arguments = [RepositoryFiles.file("Tests/WebServer/\(script)").path, folder]
        if let identity { arguments += [identity.certificate, identity.key] }
        if let clientCA { arguments.append(clientCA) }
        var command = ChildCommand(executable: Self.python, arguments: arguments)
        command.standardInput = .pipe
        command.standardOutput = .pipe
        process = try ChildProcess.spawn(command)
        guard let output = process.standardOutput else { throw Fault.silent }
        lines = PipeLineReader(output, limit: 1 << 20)
        isSecure = identity != nil
        let first = try lines.next(timeoutMs: Self.patienceMs, act: "starting the web server")
        guard let port = Int(String(decoding: first ?? [], as: UTF8.self)) else {
            throw Fault.silent
        }
        self.port = port
    }

    package func url(_ path: String, host: String = "127.0.0.1") -> String {
        "\(isSecure ? "https" : "http")://\(host):\(port)/\(path)"
    }

    /// The next request that it got; waits for it.
    package func next() throws -> Request {
        let line = try lines.next(timeoutMs: Self.patienceMs, act: "reading a request")
        return try JSONDecoder().decode(Request.self, from: Data(line ?? []))
    }

    private enum Fault: Error { case silent }

    private static let python =
        ["/usr/bin/python3", "/usr/local/bin/python3"].first {
            FileManager.default.fileExists(atPath: $0)
        } ?? "/usr/bin/python3"
    private static let patienceMs = 60_000
}

/// A certificate authority of the test's own, by the openssl command.
package struct TestAuthority {
    package let ca: String
    private let folder: TemporaryFolder

    package static let isPossible = FileManager.default.fileExists(atPath: openssl)

    package init(_ folder: TemporaryFolder) throws {
        self.folder = folder
        ca = folder.path("ca.pem")
        try Self.run([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test CA",
            "-keyout", folder.path("ca.key"), "-out", ca,
        ])
    }

    /// A certificate and its key.
    ///
    /// - Parameters:
    ///   - hosts: as OpenSSL names them: `IP:127.0.0.1`, `DNS:x`.
    ///   - days: until it expires; a negative number is over.
    package func identity(
        _ name: String, hosts: String = "IP:127.0.0.1,DNS:localhost", days: Int = 2
    ) throws -> (certificate: String, key: String) {
        let (request, key) = (folder.path("\(name).csr"), folder.path("\(name).key"))
        let certificate = folder.path("\(name).pem")
        try folder.write("\(name).ext", "subjectAltName=\(hosts)\n")
        try Self.run([
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=\(name)", "-keyout", key, "-out",
            request,
        ])
        try Self.run([
            "x509", "-req", "-in", request, "-CA", ca, "-CAkey", folder.path("ca.key"),
            "-CAcreateserial", "-days", "\(days)", "-extfile", folder.path("\(name).ext"), "-out",
            certificate,
        ])
        return (certificate, key)
    }

    private static func run(_ arguments: [String]) throws {
        var command = ChildCommand(executable: openssl, arguments: arguments)
        command.standardError = .null
        guard try ChildProcess.spawn(command).wait() == .code(0) else { throw Fault.refused }
    }

    private enum Fault: Error { case refused }

    private static let openssl = "/usr/bin/openssl"
}
