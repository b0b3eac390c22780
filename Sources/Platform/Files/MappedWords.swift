import Glibc
package import Lifecycle
import Synchronization

/// A fixed number of 64-bit words in the memory of a file: a store is one plain instruction, and
/// outlives the process, however it ends.
///
/// It does not outlive the machine: nothing is synced. One thread uses it.
@safe
package final class MappedWords {
    package let count: Int
    private let words: UnsafeMutablePointer<Atomic<UInt64>>

    /// A new file at `path`, which only its owner may read, in the place of what was there; all of
    /// it 0.
    ///
    /// Its room is taken at once: a full disk is told here, and ends no process later.
    ///
    /// - Throws: with the path and the system's words; what was there stays.
    package init(file path: String, count: Int) throws(SwerveError) {
        let act = "mapping \(path)"
        let temporary = StateFile.temporaryName(for: path)
        let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let descriptor = unsafe open(temporary, flags, 0o600)
        guard descriptor >= 0 else {
            throw SystemError.make(errno, act: act, call: "open \(temporary)", path: path)
        }
        let file = OwnedDescriptor(descriptor)
        let bytes = count * MemoryLayout<UInt64>.stride
        do throws(SwerveError) {
            let failure = posix_fallocate(file.raw, 0, bytes)
            guard failure == 0 else {
                throw SystemError.make(failure, act: act, call: "posix_fallocate", path: path)
            }
            let start = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.raw, 0)
            guard let start = unsafe start, unsafe start != MAP_FAILED else {
                throw SystemError.make(errno, act: act, call: "mmap", path: path)
            }
            guard unsafe rename(temporary, path) == 0 else {
                let number = errno
                _ = unsafe munmap(start, bytes)
                throw SystemError.make(number, act: act, call: "rename", path: path)
            }
            self.count = count
            unsafe words = start.bindMemory(to: Atomic<UInt64>.self, capacity: count)
        } catch {
            _ = unsafe unlink(temporary)
            throw error
        }
    }

    deinit { _ = unsafe munmap(words, count * MemoryLayout<UInt64>.stride) }

    /// Stores reach the file in their order: whoever reads it after the process has ended finds
    /// none without those before it.
    package subscript(index: Int) -> UInt64 {
        @inline(__always) get {
            precondition(index >= 0 && index < count)
            return unsafe words[index].load(ordering: .acquiring)
        }
        @inline(__always) set {
            precondition(index >= 0 && index < count)
            unsafe words[index].store(newValue, ordering: .releasing)
        }
    }
}
