import Lifecycle

/// `HOST:PORT[,…]`, as librdkafka reads it, and stricter.
enum BrokerList {
    /// What is wrong with it: words that follow its name, and a remedy; nil for nothing.
    ///
    /// librdkafka takes a port modulo 65536, and a user with a password as a part of the host. The
    /// words do not repeat an address with an @, which may hold a password.
    static func fault(of list: String) -> (reason: String, remedy: String)? {
        guard !list.contains("@") else {
            return (
                " holds an @, and brokers are HOST:PORT",
                "give user and password as sasl.username and sasl.password"
            )
        }
        for part in list.split(separator: ",") {
            guard !hasForeignMarks(part) else {
                return (
                    ": '\(String(part).shortened(to: 80))' is no broker's address",
                    "write HOST:PORT[,…], without spaces, brackets or quotes"
                )
            }
            guard isOfKafka(part) else {
                return (
                    ": '\(String(part).shortened(to: 80))' is no broker's address",
                    "write HOST:PORT[,…], without http:// and without a path"
                )
            }
            guard let port = port(of: part) else { continue }
            guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                (1...65_535).contains(Int(port) ?? 0)
            else {
                return (
                    ": '\(String(part).shortened(to: 80))' has a port that is not in 1 … 65535",
                    "write HOST:PORT[,…]"
                )
            }
        }
        return nil
    }

    /// Whether its scheme, if it has one, is a security protocol, and a host and no path follows:
    /// librdkafka passes others over, and then waits for brokers that nobody named.
    private static func isOfKafka(_ broker: Substring) -> Bool {
        var address = trimmed(broker)
        // A comma too many is none of the brokers.
        guard !address.isEmpty else { return true }
        if let scheme = address.firstRange(of: "://") {
            guard schemes.contains(address[..<scheme.lowerBound].lowercased()) else { return false }
            address = address[scheme.upperBound...]
        }
        return !address.contains("/") && !address.isEmpty
            && (address.first != ":"
                || address.hasPrefix("::"))
    }

    private static let schemes = ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]

    /// Whether there are spaces inside, quotes, or brackets around anything but an IPv6 address:
    /// librdkafka would take them for a part of the host.
    private static func hasForeignMarks(_ broker: Substring) -> Bool {
        let address = trimmed(broker)
        guard !address.contains(where: { $0.isWhitespace || "\"'`".contains($0) }) else {
            return true
        }
        guard let open = address.firstIndex(of: "[") else { return address.contains("]") }
        guard let end = address.firstIndex(of: "]"), open < end else { return true }
        let inner = address[address.index(after: open)..<end]
        // A host and its port have one colon.
        return inner.utf8.count { $0 == 0x3A } < 2 || !inner.utf8.allSatisfy(isOfIPv6)
    }

    /// Also of a zone: `fe80::1%eth0`.
    private static func isOfIPv6(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x25, 0x2D, 0x2E, 0x3A, 0x5F: true
        default: false
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }

    /// What stands where the port does; nil where there is none, which means 9092.
    private static func port(of broker: Substring) -> Substring? {
        var address = trimmed(broker)
        if let scheme = address.firstRange(of: "://") { address = address[scheme.upperBound...] }
        if address.first == "[" {
            guard let end = address.firstIndex(of: "]") else { return nil }
            let rest = address[address.index(after: end)...]
            return rest.isEmpty ? nil : rest.dropFirst()
        }
        guard let colon = address.firstIndex(of: ":") else { return nil }
        let port = address[address.index(after: colon)...]
        // An IPv6 address without brackets has no port.
        return port.contains(":") ? nil : port
    }
}
