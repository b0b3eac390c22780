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

    /// From here on a block is mapped by itself and unmapped when freed.
    private static let largeBytes = 128 << 10
    private static let arenas: Int32 = 4
}
