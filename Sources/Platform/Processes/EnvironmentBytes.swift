import CPlatform
import Glibc

/// The environment as the bytes that it is.
package enum EnvironmentBytes {
    /// The names of variables that begin with `prefix` and whose value is not UTF-8, sorted.
    ///
    /// Whoever reads them as texts gets others than were set. On the main thread, before others
    /// run.
    package static func unreadable(prefix: String) -> [String] {
        guard let variables = unsafe platform_environment() else { return [] }
        var names: [String] = []
        var index = 0
        while let variable = unsafe variables[index] {
            index += 1
            let bytes = unsafe UnsafeBufferPointer(start: variable, count: strlen(variable))
                .map { UInt8(bitPattern: $0) }
            let name = String(decoding: bytes.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
            guard name.hasPrefix(prefix), String(validating: bytes, as: UTF8.self) == nil else {
                continue
            }
            names.append(name)
        }
        return names.sorted()
    }
}
