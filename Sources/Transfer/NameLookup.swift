import CCurl
import Lifecycle

/// What the host of an address stands for just now.
package enum NameLookup {
    /// The network addresses that a request would be sent to; none where the name is not known, or
    /// not within that time.
    ///
    /// Nothing is connected to. Blocks, on a thread of our own.
    package static func addresses(
        of address: WebAddress, withinMs milliseconds: Int
    ) -> [NetworkAddress] {
        var request = WebRequest(address)
        request.reach = .none
        var connection = WebConnection()
        connection.totalMs = milliseconds
        guard
            let exchange = try? WebExchange(
                request, by: connection, limit: 0, sink: Nothing(), act: "looking up a name",
                isCancelled: { false })
        else { return [] }
        // It always fails, since no connection is made.
        _ = unsafe curl_easy_perform(exchange.handle)
        return exchange.soughtAddresses
    }

    private final class Nothing: WebSink {
        func begin(_ answer: WebAnswer) {}

        func take(_ bytes: [UInt8]) {}
    }
}
