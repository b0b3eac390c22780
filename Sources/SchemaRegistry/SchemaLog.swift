/// Where goes what there is to tell of a schema registry.
///
/// Any thread.
package struct SchemaLog: Sendable {
    package enum News: Sendable {
        case detail, info, warning, error
        /// Anybody with the right to write to a topic can cause it.
        case ofStrangers
    }

    private let tell: @Sendable (_ news: News, _ line: String) -> Void

    package init(_ tell: @escaping @Sendable (_ news: News, _ line: String) -> Void) {
        self.tell = tell
    }

    /// For whoever asks once, and says itself what came of it.
    package static let quiet = SchemaLog { _, _ in }

    func debug(_ line: String) { tell(.detail, line) }
    func info(_ line: String) { tell(.info, line) }
    func warning(_ line: String) { tell(.warning, line) }
    func error(_ line: String) { tell(.error, line) }
    func ofStrangers(_ line: String) { tell(.ofStrangers, line) }
}
