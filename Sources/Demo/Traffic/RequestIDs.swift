import Lifecycle

/// Compares ids as requests and predictions write them: each in a JSON string of its own making.
enum RequestIDs {
    static func agree(fed: [UInt8]?, predicted: [UInt8]?) -> Bool {
        guard let fed, let predicted else { return fed == nil && predicted == nil }
        if fed == predicted, fed.count <= Limits.requestIDBytes { return true }
        guard let sent = text(fed), let named = text(predicted) else { return false }
        if sent.utf8.count <= Limits.requestIDBytes { return sent == named }
        // A long one is cut between characters.
        return !named.isEmpty && sent.utf8.starts(with: named.utf8)
            && sent.utf8.count - named.utf8.count > 0 && named.utf8.count <= Limits.requestIDBytes
    }

    private static func text(_ escaped: [UInt8]) -> String? {
        let quote = UInt8(ascii: "\"")
        return (try? JSONValue(parsing: [quote] + escaped + [quote], act: "reading an id"))?.string
    }
}
