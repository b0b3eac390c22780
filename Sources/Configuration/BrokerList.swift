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

    /// What stands where the port does; nil where there is none, which means 9092.
    private static func port(of broker: Substring) -> Substring? {
        var address = broker.drop { $0 == " " }
        while address.last == " " { address.removeLast() }
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
