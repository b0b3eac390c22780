import Glibc

/// The thread that something belongs to, checked where that thread enters it.
///
/// "Owned by the poll thread" is a rule that the compiler does not know. A type under such a rule
/// makes an owner where it is made itself, on its thread, and calls `assertCurrent` first in each
/// function that only that thread may call. A debug build stops the process at a call from another
/// thread; an optimised build keeps nothing, checks nothing and costs nothing.
package struct ThreadOwner: Sendable {
    #if DEBUG
    private let thread = pthread_self()
    private let name = OSThread.currentName
    #endif

    /// The calling thread becomes the owner.
    package init() {}

    /// Any thread asks; only the owner goes on.
    ///
    /// - Parameter function: what was called, for the message.
    @inlinable
    package func assertCurrent(_ function: StaticString = #function) {
        #if DEBUG
        check(function)
        #endif
    }

    #if DEBUG
    @usableFromInline
    package func check(_ function: StaticString) {
        precondition(
            pthread_equal(thread, pthread_self()) != 0,
            "\(function) belongs to the thread \(name), and \(OSThread.currentName) called it")
    }
    #endif
}
