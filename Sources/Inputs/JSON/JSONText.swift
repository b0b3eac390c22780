internal import CSimdJSON

/// Strings on their way into JSON that is written by hand.
package enum JSONText {
    /// Room that the escaped form of `count` bytes may need.
    package static func escapedBytesMax(_ count: Int) -> Int {
        count * Int(REQUEST_JSON_ESCAPE_FACTOR)
    }

    /// Writes `bytes`, which are UTF-8, as the inside of a JSON string, and returns how many bytes
    /// that made; nil when they do not fit.
    ///
    /// Escapes quotes, backslashes and control characters; never allocates.
    package static func escape(
        _ bytes: UnsafeBufferPointer<UInt8>, into destination: UnsafeMutableBufferPointer<UInt8>
    ) -> Int? {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return 0 }
        guard let target = destination.baseAddress else { return nil }
        let written = unsafe request_json_escape(source, bytes.count, target, destination.count)
        return written < 0 ? nil : written
    }
}
