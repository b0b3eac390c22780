import Foundation
import Lifecycle
import Platform
import TestSupport
import Web

@testable import Hub

/// An issuer of tokens: keys of its own by the openssl command, and a server that tells them.
final class TestIssuer {
    enum Kind: String {
        case rsa, ec, edwards
    }

    static let isPossible = FileManager.default.fileExists(atPath: openssl)

    private let folder: TemporaryFolder
    private let edwards: SigningKey
    private let rsaModulus: [UInt8]
    private let ecPoint: [UInt8]

    init() throws {
        folder = try TemporaryFolder()
        edwards = try SigningKey.generate(ModelName("issuer"))
        let (rsa, ec) = (folder.path("rsa.pem"), folder.path("ec.pem"))
        try TestIssuer.run([
            "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", rsa,
        ])
        try TestIssuer.run([
            "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", ec,
        ])
        let (modulus, point) = (folder.path("modulus"), folder.path("point"))
        try TestIssuer.run(["rsa", "-in", rsa, "-noout", "-modulus", "-out", modulus])
        try TestIssuer.run(["pkey", "-in", ec, "-pubout", "-outform", "DER", "-out", point])
        let text = try String(contentsOfFile: modulus, encoding: .utf8)
        rsaModulus = TestIssuer.bytes(hex: text.dropFirst("Modulus=".count))
        ecPoint = Array(try Data(contentsOf: URL(fileURLWithPath: point)).suffix(64))
    }

    /// The set of its keys; each key is named by its kind.
    var keySet: JSONValue {
        [
            "keys": [
                [
                    "kty": "RSA", "kid": "rsa", "use": "sig", "alg": "RS256", "e": "AQAB",
                    "n": .string(Base64URL.text(rsaModulus)),
                ],
                [
                    "kty": "EC", "crv": "P-256", "kid": "ec",
                    "x": .string(Base64URL.text(Array(ecPoint.prefix(32)))),
                    "y": .string(Base64URL.text(Array(ecPoint.suffix(32)))),
                ],
                [
                    "kty": "OKP", "crv": "Ed25519", "kid": "edwards",
                    "x": .string(Base64URL.text(edwards.publicKey)),
                ],
            ]
        ]
    }

    /// A token that it signs.
    ///
    /// - Parameter header: in the place of that of the kind.
    func token(_ kind: Kind, _ claims: JSONValue, header: JSONValue? = nil) throws -> String {
        let names: [Kind: String] = [.rsa: "RS256", .ec: "ES256", .edwards: "EdDSA"]
        let head =
            header
            ?? ["alg": .string(names[kind] ?? ""), "kid": .string(kind.rawValue), "typ": "JWT"]
        let message = "\(Base64URL.text(head.bytes)).\(Base64URL.text(claims.bytes))"
        return "\(message).\(Base64URL.text(try signature(kind, over: message)))"
    }

    private func signature(_ kind: Kind, over message: String) throws -> [UInt8] {
        guard kind != .edwards else { return try edwards.signature(over: Array(message.utf8)) }
        let (file, out) = (folder.path("message-\(UUID())"), folder.path("signature-\(UUID())"))
        try Data(message.utf8).write(to: URL(fileURLWithPath: file))
        try TestIssuer.run([
            "dgst", "-sha256", "-sign", folder.path("\(kind.rawValue).pem"), "-out", out, file,
        ])
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: out)))
        return kind == .rsa ? bytes : Self.numbers(der: bytes)
    }

    /// The two numbers of a signature in DER, 32 bytes each.
    private static func numbers(der: [UInt8]) -> [UInt8] {
        var rest = der.dropFirst(2)
        var numbers: [UInt8] = []
        for _ in 0..<2 {
            let count = Int(rest[rest.startIndex + 1])
            let number = rest.dropFirst(2).prefix(count).suffix(32)
            numbers += Array(repeating: 0, count: 32 - number.count) + number
            rest = rest.dropFirst(2 + count)
        }
        return numbers
    }

    private static func bytes(hex text: Substring) -> [UInt8] {
        let digits = text.compactMap { $0.hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            UInt8(digits[$0] * 16 + digits[$0 + 1])
        }
    }

    private static func run(_ arguments: [String]) throws {
        var command = ChildCommand(executable: openssl, arguments: arguments)
        command.standardError = .null
        guard try ChildProcess.spawn(command).wait() == .code(0) else { throw Fault.refused }
    }

    private enum Fault: Error { case refused }

    private static let openssl = "/usr/bin/openssl"
}

/// A server with what an issuer tells, at an address of this machine.
final class IssuerServer {
    private final class Told: Sendable {
        let keys: Guarded<JSONValue>
        let issuer = Guarded("")
        let asked = Guarded(0)
        let port = Guarded(0)
        /// What its token endpoint answers to a form and a field `Authorization`.
        let exchange = Guarded<IssuerServer.Exchange>({ _, _ in (404, [:]) })

        init(_ keys: JSONValue) { self.keys = Guarded(keys) }
    }

    typealias Exchange =
        @Sendable ([String: String], _ authorization: String?) -> (status: Int, JSONValue)

    private let server: HTTPServer
    private let told: Told
    let issuer: String

    /// - Parameter keys: what is told first.
    init(_ keys: JSONValue, callsItself: String? = nil) throws {
        let told = Told(keys)
        let arrived = try EventFD()
        self.told = told
        // Codes are exchanged by a form, which a thread takes.
        var limits = HTTPLimits()
        limits.workers = 2
        limits.waitingRequests = 16
        server = try HTTPServer(
            address: HTTPAddress(host: "127.0.0.1", port: 0), for: .init("issuer", key: "x"),
            limits: limits,
            routes: HTTPRoutes([
                HTTPRoute("GET", "/realm/.well-known/openid-configuration") { _ in
                    let issuer = told.issuer.withLock { $0 }
                    let document: JSONValue = [
                        "issuer": .string(callsItself ?? issuer),
                        "jwks_uri": .string("\(issuer)/keys"),
                        "authorization_endpoint": .string("\(issuer)/authorize?kc=1"),
                        "token_endpoint": .string("\(issuer)/token"),
                    ]
                    return HTTPResponse(contentType: "application/json", body: document.bytes)
                },
                HTTPRoute("POST", "/realm/token", .work(bodyBytes: 65_536)) { request in
                    let form = (try? request.formValues(limit: 65_536)) ?? [:]
                    let exchange = told.exchange.withLock { $0 }
                    let (status, document) = exchange(form, request.fields["authorization"])
                    var response = HTTPResponse(
                        status: status, contentType: "application/json", body: document.bytes)
                    response.fields = [("Location", "\(told.issuer.withLock { $0 })/token")]
                    return response
                },
                HTTPRoute("GET", "/realm/keys") { _ in
                    told.asked.withLock { $0 += 1 }
                    return HTTPResponse(
                        contentType: "application/json", body: told.keys.withLock { $0 }.bytes)
                },
            ])
        ) { event in
            guard case .listening(let heard) = event else { return }
            told.port.withLock { $0 = heard }
            arrived.signal()
        }
        server.start()
        while told.port.withLock({ $0 == 0 }) {
            _ = try Poll.waitForAny([arrived.descriptor], timeoutMs: nil)
            arrived.drain()
        }
        let address = "http://127.0.0.1:\(told.port.withLock { $0 })/realm"
        told.issuer.withLock { $0 = address }
        issuer = address
    }

    deinit { server.stop() }

    /// How often its keys were asked for.
    var count: Int { told.asked.withLock { $0 } }

    /// What becomes of a code from now on.
    func answer(_ exchange: @escaping Exchange) { told.exchange.withLock { $0 = exchange } }

    func tell(_ keys: JSONValue) { told.keys.withLock { $0 = keys } }
}
