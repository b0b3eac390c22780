/// A part of a page that takes the place of the element with its id: what a live update is made of.
package struct LiveFragment: Sendable, Equatable {
    package let id: String
    /// One element that bears the id.
    ///
    /// Where its `data-news` changes, the page tells it politely to those who do not see it change.
    package let markup: HTML

    init(_ id: String, _ markup: HTML) {
        self.id = id
        self.markup = markup
    }

    /// As a server-sent event `fragment`.
    package var event: [UInt8] {
        // A carriage return or a line's end would end a line of the event: markup has neither of
        // the first, as text is escaped, and the second becomes a line each.
        let lines = markup.source.utf8.split(separator: UInt8(ascii: "\n"))
        return Array("event: fragment\n".utf8)
            + lines.flatMap { Array("data: ".utf8) + $0 + [UInt8(ascii: "\n")] } + Array("\n".utf8)
    }
}

/// What a stream says beside fragments.
package enum LiveEvent {
    /// The wall clock of the newest state, for the foot of the page; said after fragments and where
    /// nothing changed.
    package static func clock(_ nowMs: Int64) -> [UInt8] {
        let moment = Moment(ofMs: nowMs).markup(nowMs: nowMs)
        return Array("event: clock\ndata: As of \(moment.source).\n\n".utf8)
    }

    /// The session is over: the page asks to be loaded again, which leads to the sign-in.
    package static let ended = Array("event: ended\ndata: Sign in again to see updates.\n\n".utf8)
}
