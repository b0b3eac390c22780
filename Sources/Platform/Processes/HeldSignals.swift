import CPlatform

/// SIGHUP and SIGUSR1 wait from the beginning of the process on, until a `SignalWatch` reads them.
///
/// By default they end a process, and whoever sends them to a service does not know how far its
/// start has come. On the main thread, before any other. Of `serve` and `hub` they are held before
/// `main` already, as the program is loaded.
package enum HeldSignals {
    package static func hold() { _ = platform_signals_hold() }

    /// For a process that takes none of them: they do what they did before, also those that came
    /// meanwhile.
    package static func release() { _ = platform_signals_release() }
}
