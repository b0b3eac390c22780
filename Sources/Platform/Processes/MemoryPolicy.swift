import CPlatform

/// What the process does with memory that it has freed.
///
/// librdkafka allocates megabytes of fetch buffers and a record's bookkeeping on several threads.
/// glibc's defaults learn from that to keep everything: a worker that once had a backlog stayed at
/// 240 MB for good. With fixed thresholds it goes back to what it needs.
package enum MemoryPolicy {
    /// Sets the thresholds; at the start of the process, before other threads.
    package static func apply() { platform_memory_policy(largeBytes, arenas) }

    /// Gives what is free back to the kernel.
    ///
    /// Takes milliseconds and holds the allocator's locks, so not while records flow.
    package static func trim() { platform_memory_trim() }

    /// Lets go of the code that was needed so far; what is needed again comes back page by page.
    ///
    /// A start runs much code that never runs again: the loader, the runtime's search through all
    /// types, the command line, the configuration. It is some 20 MB of a process, and more than
    /// half of what it holds. Takes milliseconds; other threads may run meanwhile.
    ///
    /// - Returns: bytes of code that are mapped; 0 under a debugger, where nothing is done.
    @discardableResult
    package static func releaseCode() -> Int { platform_memory_release_code() }

    /// From here on a block is mapped by itself and unmapped when freed.
    private static let largeBytes = 128 << 10
    private static let arenas: Int32 = 4
}
