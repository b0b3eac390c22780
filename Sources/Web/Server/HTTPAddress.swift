package import Lifecycle

/// Where a server listens: a numeric address, or `localhost`, and a port.
package struct HTTPAddress: Sendable, Equatable, CustomStringConvertible {
    package let host: String
    /// 0 lets the system choose one.
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464`, and `:9464` for every address of the
    /// machine.
    ///
    /// - Throws: `.usage` for anything else.
    package init(parsing text: String) throws(SwerveError) {
        let act = "reading the address '\(text.shortened(to: 80))'"
        let remedy = "write it as in 127.0.0.1:9464, [::1]:9464 or 0.0.0.0:9464"
        guard let colon = text.lastIndex(of: ":") else {
            throw SwerveError(.usage, act: act, reason: "it has no port", remedy: remedy)
        }
        let digits = text[text.index(after: colon)...]
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(digits),
            (0...Self.portMax).contains(port)
        else {
            throw SwerveError(
                .usage, act: act, reason: "its port is not in 0 … \(Self.portMax)", remedy: remedy)
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            throw SwerveError(
                .usage, act: act, reason: "an IPv6 address stands in brackets", remedy: remedy)
        }
        let isClean = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
        guard isClean, host.utf8.count <= Self.hostBytes else {
            throw SwerveError(.usage, act: act, reason: "that is no host", remedy: remedy)
        }
        self.init(host: host.isEmpty ? "0.0.0.0" : host, port: port)
    }

    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private static let portMax = 65_535
    private static let hostBytes = 253
}
