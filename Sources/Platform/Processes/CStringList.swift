import Glibc
import Lifecycle

/// Strings as C wants them: a NULL-terminated array of NUL-terminated copies.
@safe struct CStringList: ~Copyable {
    /// Lives as long as the list; nobody else frees it.
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    /// - Throws: `.invalid` for a string with a NUL byte, which C would cut there.
    init(_ strings: [String], act: String) throws(SwerveError) {
        for string in strings where string.utf8.contains(0) {
            throw SwerveError(
                .invalid, act: act, reason: "'\(string.shortened(to: 80))' has a NUL byte in it")
        }
        count = strings.count
        unsafe pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() {
            unsafe (pointers + index).initialize(to: strdup(string))
        }
        unsafe (pointers + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { unsafe free(pointers[index]) }
        unsafe pointers.deallocate()
    }
}
