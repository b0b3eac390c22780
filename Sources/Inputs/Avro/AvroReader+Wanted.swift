internal import Scoring

/// What is wanted of a record: values are noted where they are found.
///
/// A want is met at most once in a record: names of a record's fields differ, and a key that
/// stands twice in a map is marked.
extension AvroReader {
    mutating func read(_ number: Int32, _ want: Int32) throws(AvroFault) {
        var number = number
        while true {
            let type = unsafe types[Int(number)]
            switch type.kind {
            case .union:
                number = try branch(of: type)
                continue
            case .record: try readRecord(number, want)
            case .map: try readMap(type, want)
            case .array: try readArray(type, want)
            case .null: break
            default: try readScalar(type, want)
            }
            return
        }
    }

    private mutating func readRecord(_ number: Int32, _ want: Int32) throws(AvroFault) {
        try open()
        refuse(want)
        let range = unsafe ranges[Int(number)]
        for place in Int(range.first)..<Int(range.first + range.count) {
            let step = unsafe steps[place]
            let child = step.part < 0 ? -1 : tables.child(of: want, part: step.part)
            if child >= 0 {
                try read(step.type, child)
            } else {
                try skip(step.type)
            }
        }
        depth -= 1
    }

    // MARK: - Scalars

    private mutating func readScalar(_ type: AvroType, _ want: Int32) throws(AvroFault) {
        var value = AvroFound()
        unsafe value.start = base + at
        switch type.kind {
        case .int, .long:
            value.kind = .whole
            value.whole = try long()
        case .string, .bytes:
            value.kind = type.kind == .string ? .string : .bytes
            value.count = try length()
            unsafe value.start = base + at
            at += value.count
        case .fixed:
            value.kind = type.logical == .uuid ? .uuid : .fixed
            value.count = type.size
            try pass(type.size)
        case .enum: value = try symbol(of: type, want)
        default:
            value.kind = .other
            try pass(type.size)
            if type.kind == .boolean, unsafe base[at - 1] > 1, !isLenient(want) {
                throw .corrupt
            }
        }
        give(value, of: type, want)
    }

    private mutating func symbol(
        of type: AvroType, _ want: Int32
    ) throws(AvroFault) -> AvroFound {
        var value = AvroFound()
        let index = try long()
        guard index >= 0, index < Int64(type.count) else {
            guard isLenient(want) else { throw .corrupt }
            return value
        }
        let symbol = unsafe symbols[Int(type.first) + Int(index)]
        value.kind = .enum
        value.count = Int(symbol.count)
        unsafe value.start = names.baseAddress.map {
            unsafe UnsafePointer($0) + Int(symbol.start)
        }
        return value
    }

    /// Whether a want cannot refuse a record: what only tells who sent it is no reason to score
    /// nothing.
    private func isLenient(_ want: Int32) -> Bool {
        let wanted = unsafe wants[Int(want)]
        return wanted.fields == .client && !wanted.isNamed && wanted.end == want + 1
    }

    private func give(_ value: AvroFound, of type: AvroType, _ want: Int32) {
        let wanted = unsafe wants[Int(want)]
        for field in wanted.fields { unsafe found[field] = value }
        if wanted.number >= 0 {
            let number = AvroNumber.value(of: type, value, takesFlags: true)
            note(number, at: wanted.number)
        }
        if wanted.text >= 0 { note(value, text: wanted.text) }
        if wanted.end > want + 1 { refuse(from: want + 1, to: wanted.end) }
    }

    private func note(_ value: AvroFound, text place: Int32) {
        var state = PreparedWants.NamedState.wrongType
        switch value.kind {
        case .string, .bytes, .fixed, .enum:
            state = .there
            unsafe texts[Int(place)] = unsafe NamedText(start: value.start, count: value.count)
        default: break
        }
        unsafe states[values.count + Int(place)] = state.rawValue
    }

    private func note(_ number: Double?, at place: Int32) {
        let state: PreparedWants.NamedState = number == nil ? .wrongType : .there
        unsafe values[Int(place)] = number ?? .nan
        unsafe states[Int(place)] = state.rawValue
    }

    // MARK: - What has the wrong type

    /// Notes that what stands for a want itself is no value that it could have.
    private func refuse(_ want: Int32) {
        let wanted = unsafe wants[Int(want)]
        for field in wanted.fields { unsafe found[field].isWrong = true }
        if wanted.number >= 0 { note(nil, at: wanted.number) }
        if wanted.text >= 0 { note(AvroFound(), text: wanted.text) }
    }

    /// The same for all wants of a part of the list.
    private func refuse(from first: Int32, to end: Int32) {
        for want in first..<end { refuse(want) }
    }

    // MARK: - Maps

    private mutating func readMap(_ type: AvroType, _ want: Int32) throws(AvroFault) {
        try open()
        refuse(want)
        let isSearched = unsafe wants[Int(want)].end > want + 1
        while true {
            let block = try block(stepsOver: !isSearched)
            if block.count == 0 { break }
            guard block.count <= left else { throw .truncated }
            for _ in 0..<block.count {
                let count = try length()
                let key = unsafe base + at
                at += count
                let child = isSearched ? unsafe self.child(of: want, key, count) : -1
                if child >= 0 {
                    try read(type.items, child)
                } else {
                    try skip(type.items)
                }
            }
            guard block.end < 0 || at == block.end else { throw .corrupt }
        }
        depth -= 1
    }

    /// The want that a map's key leads to; -1 for none, and for one that was there before.
    private mutating func child(
        of want: Int32, _ key: UnsafePointer<UInt8>, _ count: Int
    ) -> Int32 {
        // No part of a name is longer, so that no key costs more than the look at its bytes.
        guard count <= InputFields.nameBytesMax else { return -1 }
        let part = unsafe tables.part(key, count, hash: AvroName.hash(key, count))
        guard part >= 0 else { return -1 }
        let child = tables.child(of: want, part: part)
        guard child >= 0 else { return -1 }
        guard unsafe wants[Int(child)].seenIn == record else {
            unsafe wants[Int(child)].seenIn = record
            return child
        }
        // Once a record: a key that comes again and again must not cost all names below it.
        if unsafe wants[Int(child)].repeatedIn != record {
            unsafe wants[Int(child)].repeatedIn = record
            repeats(from: child)
        }
        return -1
    }

    private mutating func repeats(from child: Int32) {
        for want in unsafe child..<wants[Int(child)].end {
            let wanted = unsafe wants[Int(want)]
            for field in wanted.fields {
                unsafe found[field].kind = .nothing
                unsafe found[field].isRepeated = true
                let isText = field <= Int(RequestField.textBase64.rawValue)
                if isText, repeated < 0 { repeated = Int32(field) }
            }
            if wanted.number >= 0 {
                unsafe values[Int(wanted.number)] = .nan
                unsafe states[Int(wanted.number)] = PreparedWants.NamedState.duplicate.rawValue
            }
            if wanted.text >= 0 {
                unsafe texts[Int(wanted.text)] = NamedText()
                unsafe states[values.count + Int(wanted.text)] =
                    PreparedWants.NamedState.duplicate.rawValue
            }
        }
    }

    // MARK: - Arrays

    private mutating func readArray(_ type: AvroType, _ want: Int32) throws(AvroFault) {
        try open()
        let wanted = unsafe wants[Int(want)]
        let x = Int(RequestField.dense.rawValue)
        let isDense = wanted.fields.has(.dense)
        refuse(want)
        if isDense { unsafe found[x].isWrong = false }
        refuse(from: want + 1, to: wanted.end)
        let start = at
        let item = unsafe types[Int(type.items)]
        while true {
            let block = try block(stepsOver: !isDense)
            if block.count == 0 { break }
            if item.isEmpty {
                if isDense, denseFault == 0 { denseFault = denseCount + 1 }
            } else {
                guard block.count <= left else { throw .truncated }
                for _ in 0..<block.count {
                    if isDense {
                        try readElement(type.items)
                    } else {
                        try skip(type.items)
                    }
                }
            }
            guard block.end < 0 || at == block.end else { throw .corrupt }
        }
        if isDense {
            unsafe found[x].kind = .array
            denseBytes = at - start
        }
        depth -= 1
    }

    /// One element of `x`.
    private mutating func readElement(_ number: Int32) throws(AvroFault) {
        var type = unsafe types[Int(number)]
        var number = number
        while type.kind == .union {
            number = try branch(of: type)
            type = unsafe types[Int(number)]
        }
        var value = AvroFound()
        unsafe value.start = base + at
        switch type.kind {
        case .int, .long: value.whole = try long()
        case .bytes:
            value.count = try length()
            unsafe value.start = base + at
            at += value.count
        case .boolean:
            try pass(1)
            guard unsafe base[at - 1] <= 1 else { throw .corrupt }
        case .enum:
            let index = try long()
            guard index >= 0, index < Int64(type.count) else { throw .corrupt }
        case .float, .double, .fixed:
            value.count = type.size
            try pass(type.size)
        default: try skip(number)
        }
        if let element = AvroNumber.value(of: type, value, takesFlags: false) {
            if unsafe denseCount < dense.count { unsafe dense[denseCount] = element }
        } else if denseFault == 0 {
            denseFault = denseCount + 1
        }
        denseCount += 1
    }
}
