import CPlatform

/// How many files, sockets and pipes this process may have at once.
package enum OpenFiles {
    /// Raises the own limit to what the system lets this process have, for it and its children.
    ///
    /// - Returns: what is to be said of a limit that is too low all the same; nil for one that is
    ///   not.
    package static func raise() -> String? {
        let limit = platform_open_files_raise(most)
        guard (0..<fewest).contains(limit) else { return nil }
        return "the limit of open files is \(limit), and connections to brokers, files and clients "
            + "may need more: raise it to \(fewest) or more (ulimit -Hn, LimitNOFILE= of the unit)"
    }

    /// As the units have it.
    private static let most = 65_536
    /// Of a worker with three brokers, and some clients.
    private static let fewest = 256
}
