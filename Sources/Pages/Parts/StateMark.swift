/// How something stands: told by a word and a shape; colour comes on top.
struct StateMark: Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable {
        /// As it should be.
        case well
        /// On its way there.
        case moving
        /// Somebody should look.
        case doubtful
        /// Somebody has to act.
        case bad
        /// Nothing is to be said.
        case idle
    }

    let kind: Kind
    let words: String

    init(_ kind: Kind, _ words: String) {
        self.kind = kind
        self.words = words
    }

    var markup: HTML {
        """
        <span class="mark mark-\(kind.rawValue)"><svg class="shape" width="14" height="14" \
        aria-hidden="true"><use href="#shape-\(kind.rawValue)"/></svg>\(words)</span>
        """
    }

    /// The shapes, and the patterns of pictures: once on each page.
    static let definitions: HTML = """
        <svg class="definitions" width="0" height="0" aria-hidden="true"><defs>
        <symbol id="shape-well" viewBox="0 0 14 14"><circle cx="7" cy="7" r="6" class="shape-fill"/>\
        <path d="M4 7.2l2.1 2.2L10 5" class="shape-cut"/></symbol>
        <symbol id="shape-moving" viewBox="0 0 14 14"><circle cx="7" cy="7" r="5.5" class="shape-line"/>\
        <path d="M7 3.8V7l2.3 1.6" class="shape-line"/></symbol>
        <symbol id="shape-doubtful" viewBox="0 0 14 14"><path d="M7 1l6.3 12H.7z" class="shape-fill"/>\
        <path d="M7 5.2v3.6M7 10.4v1.2" class="shape-cut"/></symbol>
        <symbol id="shape-bad" viewBox="0 0 14 14"><path d="M4.3.8h5.4l3.5 3.5v5.4l-3.5 3.5H4.3L.8 9.7V4.3z" \
        class="shape-fill"/><path d="M4.8 4.8l4.4 4.4M9.2 4.8L4.8 9.2" class="shape-cut"/></symbol>
        <symbol id="shape-idle" viewBox="0 0 14 14"><circle cx="7" cy="7" r="5.5" class="shape-line"/>\
        <path d="M4.5 7h5" class="shape-line"/></symbol>
        <pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" \
        patternTransform="rotate(45)"><rect width="7" height="7" class="hatch-ground"/>\
        <rect width="3" height="7" class="hatch-line"/></pattern>
        <pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">\
        <rect width="6" height="6" class="dots-ground"/><circle cx="2" cy="2" r="1.2" class="dots-dot"/></pattern>
        <pattern id="squares" width="10" height="10" patternUnits="userSpaceOnUse">\
        <rect width="8" height="8" class="squares-square"/></pattern>
        </defs></svg>

        """
}
