/// One pass over a text that is not all ASCII: decode, lower, fold, encode, note where each code
/// point begins.
@safe
struct UnicodePreparation {
    private let preparation: TextPreparation
    private let pages: UnsafeBufferPointer<UInt8>
    private let entries: UnsafeBufferPointer<Int32>
    private let bytes: UnsafeMutablePointer<UInt8>
    private let offsets: UnsafeMutablePointer<UInt32>

    private var byteCount = 0
    private var unitCount = 0
    /// White-space code points in a row, up to now.
    private var run = 0
    /// Whether the last code point that is not case-ignorable is cased.
    private var afterCased = false
    /// The last byte of a sigma after a cased letter, which is final unless another cased letter
    /// follows.
    private var openSigma: Int?

    /// The last bytes of U+03C2, a small sigma at the end of a word; U+03C3 ends in the next byte.
    private static let finalSigmaByte: UInt8 = 0x82
    private static let smallSigma: UInt32 = 0x3C3

    init(
        preparation: TextPreparation, pages: UnsafeBufferPointer<UInt8>,
        entries: UnsafeBufferPointer<Int32>, bytes: UnsafeMutablePointer<UInt8>,
        offsets: UnsafeMutablePointer<UInt32>
    ) {
        self.preparation = preparation
        unsafe self.pages = unsafe pages
        unsafe self.entries = unsafe entries
        unsafe self.bytes = unsafe bytes
        unsafe self.offsets = unsafe offsets
    }

    /// Writes the prepared text; the room was made before.
    mutating func prepare(_ text: UnsafeBufferPointer<UInt8>) -> PreparedText {
        if preparation.whiteSpace == .separateWords { emit(0x20) }
        if let source = text.baseAddress {
            var position = 0
            while position < text.count {
                let next = unsafe UTF8Decoding.decode(source, at: position, count: text.count)
                position &+= next.length
                take(next.codePoint)
            }
        }
        closeSigma(cased: false)
        if preparation.whiteSpace == .separateWords, run == 0 { separate() }
        unsafe offsets[unitCount] = UInt32(truncatingIfNeeded: byteCount)
        return PreparedText(byteCount: byteCount, unitCount: unitCount, isASCII: false)
    }

    @inline(__always)
    private mutating func take(_ codePoint: UInt32) {
        let entry = self.entry(codePoint)
        if preparation.stripAccents != nil {
            takeStripped(codePoint, entry)
        } else if entry & CharacterTable.whiteSpaceFlag != 0 {
            takeWhiteSpace(codePoint)
        } else if preparation.lowercase {
            run = 0
            takeLowered(codePoint, entry)
        } else {
            run = 0
            emit(codePoint)
        }
        if entry & CharacterTable.ignorableFlag == 0 {
            let cased = entry & CharacterTable.casedFlag != 0
            // A sigma does not close itself: it opened after this point of the one before.
            if codePoint != CharacterTable.capitalSigma { closeSigma(cased: cased) }
            afterCased = cased
        }
    }

    private mutating func takeLowered(_ codePoint: UInt32, _ entry: Int32) {
        if preparation.simpleLowercase {
            takeSimplyLowered(codePoint, entry)
        } else if codePoint == CharacterTable.capitalSigma {
            closeSigma(cased: true)
            emit(Self.smallSigma)
            openSigma = afterCased ? byteCount &- 1 : nil
        } else if codePoint == CharacterTable.dottedCapitalI {
            emit(0x69)
            emit(CharacterTable.combiningDot)
        } else {
            let delta = entry &>> CharacterTable.deltaShift
            emit(UInt32(bitPattern: Int32(bitPattern: codePoint) &+ delta))
        }
    }

    /// Lowers a code point, and puts what is left of it without accents.
    private mutating func takeStripped(_ codePoint: UInt32, _ entry: Int32) {
        guard preparation.lowercase else { return strip(codePoint) }
        if codePoint == CharacterTable.capitalSigma {
            closeSigma(cased: true)
            strip(Self.smallSigma)
            openSigma = afterCased && preparation.stripAccents == .unicode ? byteCount &- 1 : nil
        } else if codePoint == CharacterTable.dottedCapitalI {
            // The dot is a combining character.
            strip(0x69)
        } else {
            let delta = entry &>> CharacterTable.deltaShift
            strip(UInt32(bitPattern: Int32(bitPattern: codePoint) &+ delta))
        }
    }

    private mutating func strip(_ codePoint: UInt32) {
        let keepsAll = preparation.stripAccents == .unicode
        AccentTable.shared.forEach(codePoint) { part in
            guard keepsAll || part < 0x80 else { return }
            if self.entry(part) & CharacterTable.whiteSpaceFlag != 0 {
                takeWhiteSpace(part)
            } else {
                run = 0
                emit(part)
            }
        }
    }

    private mutating func takeSimplyLowered(_ codePoint: UInt32, _ entry: Int32) {
        switch codePoint {
        case CharacterTable.capitalSigma: emit(Self.smallSigma)
        case CharacterTable.dottedCapitalI: emit(0x69)
        default:
            let delta = entry &>> CharacterTable.deltaShift
            emit(UInt32(bitPattern: Int32(bitPattern: codePoint) &+ delta))
        }
    }

    private mutating func closeSigma(cased: Bool) {
        guard let last = openSigma else { return }
        if !cased { unsafe bytes[last] = Self.finalSigmaByte }
        openSigma = nil
    }

    private mutating func takeWhiteSpace(_ codePoint: UInt32) {
        run &+= 1
        switch preparation.whiteSpace {
        case .separateWords:
            if run == 1 { separate() }
        case .keep: emit(codePoint)
        case .foldRuns where run == 1: emit(codePoint)
        case .foldRuns:
            // The first of the run was written as it is; it becomes the one space.
            unitCount &-= 1
            byteCount = unsafe Int(offsets[unitCount])
            emit(0x20)
        }
    }

    /// A space, unless there is one.
    private mutating func separate() {
        if unsafe bytes[byteCount &- 1] != 0x20 { emit(0x20) }
    }

    @inline(__always)
    private mutating func emit(_ codePoint: UInt32) {
        unsafe offsets[unitCount] = UInt32(truncatingIfNeeded: byteCount)
        unitCount &+= 1
        byteCount &+= unsafe UTF8Decoding.encode(codePoint, into: bytes + byteCount)
    }

    @inline(__always)
    private func entry(_ codePoint: UInt32) -> Int32 {
        let page = unsafe Int(pages[Int(codePoint &>> CharacterTable.pageBits)])
        let within = Int(codePoint & (1 &<< CharacterTable.pageBits &- 1))
        return unsafe entries[page &<< Int(CharacterTable.pageBits) &+ within]
    }
}
