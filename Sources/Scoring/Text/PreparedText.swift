/// How much of a buffer's `text` and `offsets` a prepared text takes.
struct PreparedText {
    let byteCount: Int
    /// Code points, or bytes where they are the same.
    let unitCount: Int
    /// Whether `offsets` is left out, each unit being one byte.
    let isASCII: Bool
}
