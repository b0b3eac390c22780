/// A file that pages refer to.
package struct PageAsset: Sendable, Equatable {
    /// With a hash of the content: a browser may keep it for good, and a new one has another path.
    package let path: String
    package let contentType: String
    package let bytes: [UInt8]

    init(_ name: String, _ ending: String, _ contentType: String, _ bytes: [UInt8]) {
        path = "/assets/\(name)-\(Self.mark(of: bytes)).\(ending)"
        self.contentType = contentType
        self.bytes = bytes
    }

    /// FNV-1a of 64 bits: nobody attacks it, as the content is our own.
    private static func mark(of bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}

/// All of them.
package enum PageAssets {
    package static let style = PageAsset(
        "page", "css", "text/css; charset=utf-8", PackageResources.page_css)
    package static let script = PageAsset(
        "page", "js", "text/javascript; charset=utf-8", PackageResources.page_js)
    package static let mark = PageAsset(
        "mark", "svg", "image/svg+xml", PackageResources.mark_svg)

    package static let all = [style, script, mark]
    /// What every page, and every other answer of the hub to a browser, is sent with.
    package static let contentSecurityPolicy = PageFrame.contentSecurityPolicy
}
