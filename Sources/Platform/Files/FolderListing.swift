import Glibc
package import Lifecycle

/// What is in a folder, as far as somebody wants to know.
package enum FolderListing {
    /// Whether `path` is a folder, or a symbolic link to one.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a folder without `.` and `..`, in no order; at most `limit`, however many there
    /// are.
    ///
    /// - Throws: `.notFound` where there is no folder.
    package static func names(
        in path: String, limit: Int
    ) throws(SwerveError) -> [String] {
        let act = "listing \(path)"
        guard let folder = unsafe opendir(path) else {
            throw SystemError.make(errno, act: act, call: "opendir", path: path)
        }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while names.count < limit {
            errno = 0
            guard let entry = unsafe readdir(folder) else {
                guard errno == 0 else {
                    throw SystemError.make(errno, act: act, call: "readdir", path: path)
                }
                break
            }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a folder that has nothing in it; false where it could not.
    @discardableResult
    package static func removeEmpty(_ path: String) -> Bool { unsafe rmdir(path) == 0 }
}
