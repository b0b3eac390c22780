import CPlatform
package import FoundationEssentials
import Glibc

extension Data {
    /// Whether `bytes` lie somewhere in here; some GB a second.
    package func contains(bytes: [UInt8]) -> Bool {
        unsafe withUnsafeBytes { here in
            unsafe bytes.withUnsafeBytes { sought in
                unsafe platform_contains(
                    here.baseAddress, here.count, sought.baseAddress, sought.count) == 1
            }
        }
    }

    /// Whether these are the same bytes.
    package func isEqual(to bytes: ArraySlice<UInt8>) -> Bool {
        guard count == bytes.count else { return false }
        return unsafe withUnsafeBytes { here in
            unsafe bytes.withUnsafeBytes { other in
                guard let start = other.baseAddress, let base = here.baseAddress else {
                    return true
                }
                return unsafe memcmp(base, start, other.count) == 0
            }
        }
    }
}
