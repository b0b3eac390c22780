import Scoring

/// What scikit-learn 1.9.1 on Python 3.11 cuts texts into, and what Python's tables come to.
enum WordVectors {
    /// A `CountVectorizer` with `decode_error='replace'`.
    struct Recipe: Sendable {
        var analyzer: HashedNgrams.Analyzer
        var lengths: ClosedRange<Int>
        var lowercase = true
        var accents: StripAccents?
        var pattern = TokenPattern.standard.text
        var stops: [String]?
    }

    static let recipes: [Recipe] = [
        Recipe(analyzer: .word, lengths: 1...1),
        Recipe(analyzer: .word, lengths: 1...2, pattern: #"(?u)\b\w+\b"#),
        Recipe(analyzer: .word, lengths: 2...3, lowercase: false, pattern: #"\S+"#),
        Recipe(analyzer: .word, lengths: 1...1, accents: .unicode, pattern: #"\w+"#),
        Recipe(analyzer: .word, lengths: 1...2, accents: .ascii, pattern: #"\w+"#),
        Recipe(
            analyzer: .word, lengths: 1...1, pattern: #"[a-zA-Z]+"#, stops: ["the", "a", "get"]),
        Recipe(
            analyzer: .word, lengths: 1...1, lowercase: false, accents: .unicode,
            pattern: #"(?u)\b[^\W\d_]{2,}\b"#),
        Recipe(analyzer: .word, lengths: 2...2, pattern: #"\b[\w'-]+\b"#, stops: ["stop"]),
        Recipe(analyzer: .char, lengths: 2...2, accents: .unicode),
        Recipe(analyzer: .charWordBoundaries, lengths: 2...3, accents: .ascii),
        Recipe(analyzer: .char, lengths: 1...1, lowercase: false, accents: .ascii),
    ]

    static let texts: [[UInt8]] = [
        Array("".utf8),
        Array("a".utf8),
        Array("GET /index.php?id=1&name=O%27Brien HTTP/1.1\u{A}Host: a.b".utf8),
        Array("snake_case x_ _y __ a_b 3rd 007 1.5e10".utf8),
        Array("\u{FC}n\u{EF}c\u{F6}d\u{E9} Stra\u{DF}e \u{C9}COLE \u{130}stanbul \u{131}I".utf8),
        Array(
            ("\u{1F48}\u{3B4}\u{3C5}\u{3C3}\u{3C3}\u{3B5}\u{3CD}\u{3C2} \u{39F}\u{394}"
                + "\u{39F}\u{3A3} \u{3A3}\u{391}\u{3A3} \u{391}\u{3A3}' \u{391}\u{3A3}'\u{391} "
                + "\u{3A3}").utf8),
        Array(
            ("\u{663}\u{664}\u{665} \u{967}\u{968}\u{969} \u{BD} \u{B2} \u{2167} \u{2177} "
                + "\u{2460} \u{32BF} x\u{B2}y").utf8),
        Array(
            ("a\u{301} combining e\u{308}x q\u{323}\u{307} \u{926}\u{947}\u{935}\u{928}"
                + "\u{93E}\u{917}\u{930}\u{940} \u{E44}\u{E17}\u{E22}").utf8),
        Array(
            ("\u{65E5}\u{672C}\u{8A9E}\u{30C6}\u{30AD}\u{30B9}\u{30C8} \u{6F22}\u{5B57} "
                + "\u{D55C}\u{AE00} \u{1112}\u{1161}\u{11AB} \u{FF76}\u{FF9E} \u{FF21}\u{FF22}"
                + "\u{FF23}\u{FF11}\u{FF12} \u{337F} \u{FDFA} \u{FB01} \u{FB03}x \u{1C5} \u{1C4} "
                + "\u{149}").utf8),
        Array(
            ("zero\u{200B}width\u{FEFF} soft\u{AD}hyphen nb\u{A0}sp wide\u{3000}sp line"
                + "\u{2028}sep\u{2029}p x\u{85}y\u{1680}z").utf8),
        Array(
            ("nul\u{0}byte \u{1C}\u{1D}\u{1F} ctrl\u{7F} tab\u{9}cr\u{D}\u{A}lf\u{B}vt\u{C}f"
                + "f").utf8),
        [
            0x62, 0x72, 0x6F, 0x6B, 0x65, 0x6E, 0x20, 0xFF, 0xFE, 0x20, 0x75, 0x74, 0x66, 0x2D,
            0x38, 0x20, 0xC3, 0x20, 0x61, 0x62, 0xE2, 0x82, 0x63, 0x64, 0x20, 0xF0, 0x9F, 0x98,
            0x20, 0xED, 0xA0, 0x80, 0x78,
        ],
        Array(
            ("emoji \u{1F600}\u{1F44D}\u{1F3FD} \u{1D518}\u{1D52B}\u{1D526} \u{1D7D8}"
                + "\u{1D7D9} \u{10400}\u{10401} \u{1F130}\u{1F131} \u{C5} \u{C5}").utf8),
        Array(
            ("\u{132}\u{133}\u{152}\u{153}\u{C6}\u{E6} \u{DF} \u{1E9E} \u{FDF2} \u{FEFB} "
                + "\u{FE7C} \u{AA} \u{BA} \u{A8} \u{AF} \u{B4} \u{B8} \u{2DA}").utf8),
        Array("don't stop e-mail a.b@c.de the The THE a an".utf8),
        Array(
            ("\u{390} \u{3B0} \u{1FB3} \u{1FBC} \u{1FB6} \u{1FFC} \u{3D3} \u{3D4} \u{1E9B} "
                + "\u{FB05}").utf8),
    ]

    /// For each recipe and each text, how many n-grams there are, and the MurmurHash3 of all of
    /// them in ascending order with a line feed between two.
    static let ngrams: [(count: Int, hash: UInt32)] = [
        (0, 0x0), (0, 0x0), (8, 0x9710C2DC), (8, 0xAFD30B55), (5, 0x9501B9C4), (5, 0x152D1FF8),
        (3, 0x48C40C90), (4, 0xB1C0A841), (7, 0x6EA416D), (10, 0xCBE11941), (8, 0x6712EDEC),
        (4, 0x2BA78F85), (4, 0x35091C16), (1, 0xC6B2ECF1), (8, 0xE80DA084), (0, 0x0), (0, 0x0),
        (1, 0x3C2569B2), (27, 0x2C713CDA), (17, 0xB8498DFE), (11, 0x80733F2B), (13, 0xD6B04C1),
        (17, 0xC575A4EA), (17, 0xCB5600E7), (23, 0xA69EE642), (27, 0xDF803671), (15, 0x66D7DCDE),
        (11, 0xDEC4A5FF), (11, 0x13E12C3C), (15, 0xFF5556FF), (27, 0x8952C6E9), (19, 0xEEE4DE63),
        (0, 0x0), (0, 0x0), (7, 0xFFFA2E11), (13, 0x5F72B0C5), (7, 0xD038CAE0), (9, 0xE0392DD6),
        (15, 0xE4A2F60A), (9, 0x6B71D697), (23, 0xEB673E07), (21, 0xB1BCC5D4), (11, 0xE3A1981A),
        (11, 0x3907BEF5), (13, 0x616B8060), (23, 0x92D139B3), (15, 0x191D85AB), (17, 0xD76EBB65),
        (0, 0x0), (1, 0x3C2569B2), (14, 0xD4EBBCC9), (9, 0xB5028037), (5, 0x139D62DB),
        (7, 0x2EC8727F), (10, 0x30F87FCF), (8, 0x7B5DB82C), (16, 0x61349ACE), (14, 0xA029BA6C),
        (8, 0x6712EDEC), (6, 0xED98AA45), (7, 0x37B24C72), (7, 0x1776A48B), (14, 0x6221D7F9),
        (10, 0x428D626), (0, 0x0), (1, 0x3C2569B2), (27, 0x2C713CDA), (17, 0xB8498DFE),
        (9, 0x978E2A1C), (0, 0x0), (13, 0x7CD40B96), (7, 0x99E21EAE), (11, 0xAD7D12B0),
        (15, 0x7A843D56), (15, 0x66D7DCDE), (9, 0xCD2DE4C1), (11, 0xCC44D645), (5, 0xB5D7E689),
        (27, 0x8952C6E9), (3, 0xD71A5482), (0, 0x0), (0, 0x0), (9, 0x35E2BDD5), (7, 0xEEAF6E15),
        (9, 0x6B9F28E7), (0, 0x0), (2, 0x7AE63E78), (4, 0xE101FB9B), (1, 0x3E9A9B1B),
        (14, 0xA029BA6C), (8, 0x6712EDEC), (5, 0x8B7218F3), (1, 0xE65E640F), (0, 0x0),
        (9, 0x9A5A436E), (0, 0x0), (0, 0x0), (0, 0x0), (7, 0x65C924F2), (0, 0x0), (5, 0x5EDF1176),
        (5, 0x74B53D6), (2, 0x4B7D65DF), (5, 0xD4F3E14A), (14, 0xEC608AE0), (10, 0xCBE11941),
        (8, 0x6712EDEC), (4, 0x2BA78F85), (4, 0x9128E0AD), (3, 0x6226F31A), (8, 0x93E265CD),
        (1, 0x665FB9A7), (0, 0x0), (0, 0x0), (13, 0xF1C63D9E), (8, 0xB35A6106), (5, 0x88FC2D7C),
        (5, 0x4584CDBD), (8, 0x896BBAA2), (8, 0xF91C10FA), (11, 0x834D7393), (13, 0x58E05D31),
        (7, 0xCA91CCB7), (4, 0xC38B5096), (5, 0x7613459C), (7, 0x97E47571), (10, 0x1251C2F0),
        (9, 0x19C98D27), (0, 0x0), (0, 0x0), (52, 0x8A61E013), (37, 0x2F734963), (31, 0xD5BD9203),
        (27, 0x20029FB4), (31, 0x1328F318), (28, 0x4728763E), (69, 0xDB5DF71B), (53, 0x65351362),
        (29, 0x969D4F68), (29, 0x6AFD296A), (25, 0x5B80A41), (24, 0xC14C7180), (42, 0x2C701030),
        (19, 0x66856057), (0, 0x0), (3, 0xF2B7B6BA), (103, 0x8B5FAF48), (70, 0x378CDE6B),
        (57, 0xA4747524), (6, 0xD197F130), (41, 0x3AEA1C16), (30, 0xBB604729), (38, 0xA67E0DA8),
        (88, 0x6B10E114), (55, 0xB117C772), (36, 0x96A1D416), (34, 0x6B09FF37), (15, 0x7AA8F417),
        (79, 0x213816F2), (8, 0xBA85E5EF), (0, 0x0), (1, 0x3C2569B2), (53, 0x8527B0A8),
        (38, 0x3180BDC5), (30, 0xBE3903EF), (5, 0xAD11E18C), (24, 0x9A45BC12), (17, 0xA347CF84),
        (22, 0x47E9DBE0), (47, 0xA4FC7DA5), (30, 0x316E60B1), (19, 0x97A79682), (19, 0x55C4BE31),
        (9, 0xAF6C6DBB), (43, 0xFC56DAEE), (5, 0x98EB965),
    ]

    /// The MurmurHash3 of a byte for each code point: 1 for `\w`, 2 for `\d`, 4 for `\s`.
    static let kindsHash: UInt32 = 0x279E1BF9
    /// That of each code point in turn without accents (`strip_accents_unicode`), and a line feed.
    static let accentsHash: UInt32 = 0xED974240
}
