import FoundationEssentials
import Glibc

/// Who this process is, for status records and for history.
package enum ProcessIdentity {
    /// The machine's name, as gethostname(2) gives it; `localhost` where it gives none.
    package static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&name, name.count - 1) == 0, name[0] != 0 else {
            return "localhost"
        }
        return String(
            decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    package static var processID: Int32 { getpid() }

    /// The login name of the effective user, or its number.
    package static var userName: String {
        guard let entry = unsafe getpwuid(geteuid()), let name = unsafe entry.pointee.pw_name else {
            return "\(geteuid())"
        }
        return unsafe String(cString: name)
    }

    /// A fresh random UUID in lower case.
    package static func makeUUID() -> String { UUID().uuidString.lowercased() }
}
