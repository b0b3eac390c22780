/// What lies beside a database of SQLite's, by what is put behind the file's name
/// (https://www.sqlite.org/tempfiles.html), and what of the file it locks
/// (https://www.sqlite.org/lockingv3.html).
package enum SQLiteFile {
    /// The newest pages, where it writes ahead.
    package static let log = "-wal"
    /// The index of that log, which is made anew wherever it is missing.
    package static let index = "-shm"
    /// What a change that is not over has overwritten, where it does not write ahead.
    package static let journal = "-journal"
    /// All that may lie there.
    package static let companions = [log, index, journal]
    /// Those that hold a part of the content.
    package static let contents = [log, journal]

    /// Whoever has the file open has a lock of one of them.
    package static let lockBytes: Range<Int64> = 0x4000_0000..<0x4000_0200

    /// How each begins.
    static let magic = Array("SQLite format 3\0".utf8)
}
