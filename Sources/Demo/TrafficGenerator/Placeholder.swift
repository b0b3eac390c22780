/// What a placeholder of a template is filled with.
enum Placeholder: String, Sendable, CaseIterable {
    // The shop's.
    case number, small, price, category, slug, search, person, email, city, street, postcode
    case hash, token, date, order, language, image, review, coupon, size, colour
    // The attackers'.
    case payload, table, column, command, file, host, function, digit, marker

    func write(to output: inout [UInt8], random: inout SeededRandom) {
        switch self {
        case .number: Self.decimal(1 + random.below(99_999), to: &output)
        case .small: Self.decimal(1 + random.below(20), to: &output)
        case .digit: Self.decimal(random.below(10), to: &output)
        case .marker: Self.decimal(1_000 + random.below(9_000), to: &output)
        case .postcode: Self.decimal(10_000 + random.below(89_999), to: &output)
        case .price:
            Self.decimal(1 + random.below(900), to: &output)
            output.append(contentsOf: random.chance(50) ? Self.ninety : Self.fifty)
        case .hash: for _ in 0..<16 { output.append(Self.hexadecimal[random.below(16)]) }
        case .token: for _ in 0..<22 { output.append(Self.base64[random.below(64)]) }
        case .date:
            output.append(contentsOf: Self.year)
            Self.twoDigits(1 + random.below(12), to: &output)
            output.append(UInt8(ascii: "-"))
            Self.twoDigits(1 + random.below(28), to: &output)
        case .search: Self.search(to: &output, random: &random)
        case .person:
            Self.append(ShopWords.firstNames, to: &output, &random)
            output.append(UInt8(ascii: " "))
            Self.append(ShopWords.lastNames, to: &output, &random)
        case .slug:
            Self.append(ShopWords.adjectives, to: &output, &random)
            output.append(UInt8(ascii: "-"))
            Self.append(ShopWords.products, to: &output, &random)
        case .email:
            Self.append(ShopWords.mailboxes, to: &output, &random)
            Self.decimal(random.below(1_000), to: &output)
            output.append(UInt8(ascii: "@"))
            Self.append(ShopWords.mailHosts, to: &output, &random)
        case .street:
            Self.append(ShopWords.streets, to: &output, &random)
            output.append(UInt8(ascii: " "))
            Self.decimal(1 + random.below(240), to: &output)
        case .payload: break
        default: if let words { Self.append(words, to: &output, &random) }
        }
    }

    /// The list that a placeholder without a rule of its own draws from.
    private var words: [[UInt8]]? {
        switch self {
        case .category: ShopWords.categories
        case .city: ShopWords.cities
        case .order: ShopWords.orders
        case .language: ShopWords.languages
        case .image: ShopWords.images
        case .review: ShopWords.reviews
        case .coupon: ShopWords.coupons
        case .size: ShopWords.sizes
        case .colour: ShopWords.colours
        case .table: AttackWords.tables
        case .column: AttackWords.columns
        case .command: AttackWords.commands
        case .file: AttackWords.files
        case .host: AttackWords.hosts
        case .function: AttackWords.functions
        default: nil
        }
    }

    /// A search as people type it: in their language, with a typing error now and then.
    private static func search(to output: inout [UInt8], random: inout SeededRandom) {
        let start = output.count
        append(ShopWords.searches, to: &output, &random)
        if random.chance(30) {
            output.append(UInt8(ascii: " "))
            append(ShopWords.colours, to: &output, &random)
        }
        guard random.chance(8), output.count - start > 3 else { return }
        let place = start + random.below(output.count - start - 1)
        // Characters beyond ASCII stay whole.
        guard output[place] < 0x80, output[place + 1] < 0x80 else { return }
        output.swapAt(place, place + 1)
    }

    private static func append(
        _ words: [[UInt8]], to output: inout [UInt8], _ random: inout SeededRandom
    ) {
        output.append(contentsOf: words[random.below(words.count)])
    }

    static func decimal(_ number: Int, to output: inout [UInt8]) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }

    private static func twoDigits(_ number: Int, to output: inout [UInt8]) {
        if number < 10 { output.append(UInt8(ascii: "0")) }
        decimal(number, to: &output)
    }

    private static let ninety = Array(".90".utf8)
    private static let fifty = Array(".50".utf8)
    private static let year = Array("2026-".utf8)
    private static let hexadecimal = Array("0123456789abcdef".utf8)
    private static let base64 = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}
