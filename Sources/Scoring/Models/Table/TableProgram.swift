internal import CKernels

/// What a `DirectTable` runs for each record: plain memory, reached without counting references;
/// valid as long as the table lives.
@safe
struct TableProgram: BitwiseCopyable {
    let steps: UnsafePointer<TableStep>
    let numbers: UnsafePointer<Double>
    let positions: UnsafePointer<Int32>
    let searches: UnsafePointer<CategorySearch>
    let stepCount: Int
    let registerCount: Int
    /// How many decisions there are, and where their intercepts are among the numbers.
    let rows: Int
    let intercepts: Int
    let needs: InputViews
    /// How many of each an input must have.
    let fieldCount: Int
    let textCount: Int
    let refusesNonFinite: Bool

    /// Writes the decisions; false where the input has to go through features, which say why it is
    /// refused.
    ///
    /// - Parameters:
    ///   - registers: room for `registerCount` numbers.
    ///   - decisions: room for `rows`.
    @inline(__always)
    func decide(
        _ input: ScoringInput, _ registers: UnsafeMutablePointer<Double>,
        into decisions: UnsafeMutablePointer<Double>
    ) -> Bool {
        guard input.views.contains(needs),
            unsafe fieldCount == 0 || input.fields.count == fieldCount,
            unsafe textCount == 0 || input.texts.count == textCount
        else { return false }
        let (fields, texts, dense) = unsafe (input.fields, input.texts, input.dense)
        var sum = 0.0
        // Its highest bit says that a feature was not finite.
        var flaws: UInt64 = 0
        if rows > 1 { unsafe decisions.update(repeating: 0, count: rows) }
        var index = 0
        while index < stepCount {
            let step = unsafe steps + index
            index &+= 1
            let own = unsafe registers + Int(step.pointee.first)
            let count = unsafe Int(step.pointee.count)
            switch unsafe step.pointee.kind {
            case .fields:
                guard unsafe load(fields, step, own, count) else { return false }
            case .dense:
                // Of several parts of one input each has its own count.
                guard dense.count == count, let start = dense.baseAddress else { return false }
                unsafe own.update(from: start, count: count)
            case .operate:
                if unsafe step.pointee.source != step.pointee.first {
                    unsafe own.update(
                        from: registers + Int(step.pointee.source), count: count)
                }
                unsafe operate(step, own, count)
            case .checkFinite:
                guard unsafe Self.flaws(own, count) &>> 63 == 0 else { return false }
            case .gather:
                let places = unsafe positions + Int(step.pointee.place)
                for position in 0..<count {
                    unsafe own[position] = registers[Int(places[position])]
                }
            case .code:
                let code = unsafe code(step, fields, texts, registers)
                let isNothing = code == CategoryTable.Answer.nothing
                guard code > CategoryTable.Answer.missing || isNothing else { return false }
                unsafe own.pointee = isNothing ? .nan : Double(code)
            case .add:
                unsafe flaws |= Self.flaws(own, count)
                let weights = unsafe numbers + Int(step.pointee.one)
                if rows == 1 {
                    for position in 0..<count { unsafe sum += weights[position] * own[position] }
                } else {
                    unsafe add(own, count, weights, to: decisions)
                }
            case .standardized:
                guard unsafe addStandardized(fields, step, count, &sum, &flaws) else {
                    return false
                }
            case .addAll:
                unsafe flaws |= Self.flaws(own, count)
                unsafe sum = ckernels_sum(numbers + Int(step.pointee.one), own, count)
            case .chooseTexts:
                guard unsafe choose(step, count, texts, &sum, decisions) else { return false }
                index &+= count &- 1
            case .choose:
                let code = unsafe code(step, fields, texts, registers)
                guard unsafe choose(code, step, &sum, decisions) else { return false }
            }
        }
        guard !refusesNonFinite || flaws &>> 63 == 0 else { return false }
        let intercepts = unsafe numbers + intercepts
        if rows == 1 {
            unsafe decisions[0] = sum + intercepts[0]
        } else {
            for row in 0..<rows { unsafe decisions[row] += intercepts[row] }
        }
        return true
    }

    /// Adds what the codes of texts weigh, a step each; false where one is none.
    // A function of its own: inside the other one the sum would stand in memory.
    @inline(never)
    private func choose(
        _ steps: UnsafePointer<TableStep>, _ count: Int, _ texts: UnsafeBufferPointer<NamedText>,
        _ sum: inout Double, _ decisions: UnsafeMutablePointer<Double>
    ) -> Bool {
        let searches = unsafe searches
        if rows > 1 {
            for index in 0..<count {
                let step = unsafe steps + index
                let code = unsafe searches[Int(step.pointee.place)].code(
                    of: texts[Int(step.pointee.source)])
                guard unsafe choose(code, step, &sum, decisions) else { return false }
            }
            return true
        }
        let numbers = unsafe numbers
        var own = sum
        for index in 0..<count {
            let step = unsafe steps + index
            let code = unsafe searches[Int(step.pointee.place)].code(
                of: texts[Int(step.pointee.source)])
            var place = Int(code) &+ 1
            if code < 0 {
                guard code == CategoryTable.Answer.nothing else { return false }
                place = 0
            }
            unsafe own += numbers[Int(step.pointee.one) &+ place]
        }
        sum = own
        return true
    }

    /// Adds what the code weighs; false where it is none.
    @inline(__always)
    private func choose(
        _ code: Int32, _ step: UnsafePointer<TableStep>, _ sum: inout Double,
        _ decisions: UnsafeMutablePointer<Double>
    ) -> Bool {
        // The products of the code 0 are the second ones: those of nothing stand before, 0.
        var place = Int(code) &+ 1
        if code < 0 {
            guard code == CategoryTable.Answer.nothing else { return false }
            place = 0
        }
        let products = unsafe numbers + (Int(step.pointee.one) &+ place &* rows)
        if rows == 1 {
            unsafe sum += products.pointee
        } else {
            for row in 0..<rows { unsafe decisions[row] += products[row] }
        }
        return true
    }

    @inline(__always)
    private func load(
        _ fields: UnsafeBufferPointer<Double>, _ step: UnsafePointer<TableStep>,
        _ own: UnsafeMutablePointer<Double>, _ count: Int
    ) -> Bool {
        let stand = unsafe numbers + Int(step.pointee.one)
        var missing: UInt64 = 0
        if unsafe step.pointee.isGathered {
            let places = unsafe positions + Int(step.pointee.place)
            for position in 0..<count {
                unsafe own[position] = Self.filled(
                    fields[Int(places[position])], stand[position], &missing)
            }
        } else {
            guard let first = fields.baseAddress else { return false }
            let given = unsafe first + Int(step.pointee.source)
            for position in 0..<count {
                unsafe own[position] = Self.filled(given[position], stand[position], &missing)
            }
        }
        return unsafe missing == 0 || !step.pointee.refuses
    }

    /// What fields come to that are filled, standardized and weighed; of one row.
    @inline(__always)
    private func addStandardized(
        _ fields: UnsafeBufferPointer<Double>, _ step: UnsafePointer<TableStep>, _ count: Int,
        _ sum: inout Double, _ flaws: inout UInt64
    ) -> Bool {
        guard let first = fields.baseAddress else { return false }
        let given = unsafe first + Int(step.pointee.source)
        let stand = unsafe numbers + Int(step.pointee.one)
        let means = unsafe numbers + Int(step.pointee.other)
        let scales = unsafe numbers + Int(step.pointee.scales)
        let weights = unsafe numbers + Int(step.pointee.weights)
        var own = sum
        var missing: UInt64 = 0
        // 0, or NaN once a feature is not finite.
        var flaw = SIMD2<Double>.zero
        var position = 0
        // Two divisions at a time; the sum stays in its order.
        while position &+ 1 < count {
            let (a, b) = unsafe (given[position], given[position &+ 1])
            let filled = unsafe SIMD2(
                Self.filled(a, stand[position], &missing),
                Self.filled(b, stand[position &+ 1], &missing))
            let x = unsafe (filled - Self.pair(means + position)) / Self.pair(scales + position)
            flaw += x - x
            let products = unsafe Self.pair(weights + position) * x
            own += products[0]
            own += products[1]
            position &+= 2
        }
        if position < count {
            let filled = unsafe Self.filled(given[position], stand[position], &missing)
            let x = unsafe (filled - means[position]) / scales[position]
            flaw[0] += x - x
            unsafe own += weights[position] * x
        }
        sum = own
        flaws |= flaw[0] + flaw[1] == 0 ? 0 : 1 &<< 63
        return unsafe missing == 0 || !step.pointee.refuses
    }

    @inline(__always)
    private static func pair(_ numbers: UnsafePointer<Double>) -> SIMD2<Double> {
        unsafe UnsafeRawPointer(numbers).loadUnaligned(as: SIMD2<Double>.self)
    }

    /// The value, or where that is NaN what stands for it; without a branch, as what is missing
    /// changes from record to record.
    @inline(__always)
    private static func filled(
        _ value: Double, _ stand: Double, _ missing: inout UInt64
    ) -> Double {
        // Negative where it is above infinity's, which is NaN; a comparison becomes a branch.
        let magnitude = Int64(bitPattern: value.bitPattern & ~(1 &<< 63))
        let mask = UInt64(bitPattern: (0x7FF0_0000_0000_0000 &- magnitude) &>> 63)
        missing |= mask
        return Double(bitPattern: value.bitPattern & ~mask | stand.bitPattern & mask)
    }

    /// The highest bit is set where one of the numbers is NaN or infinite.
    @inline(__always)
    private static func flaws(_ values: UnsafePointer<Double>, _ count: Int) -> UInt64 {
        var flaws: UInt64 = 0
        for position in 0..<count {
            let exponent = unsafe values[position].bitPattern & 0x7FF0_0000_0000_0000
            // Overflows into the sign for the highest exponent alone.
            flaws |= exponent &+ 0x0010_0000_0000_0000
        }
        return flaws
    }

    private func add(
        _ values: UnsafePointer<Double>, _ count: Int, _ weights: UnsafePointer<Double>,
        to decisions: UnsafeMutablePointer<Double>
    ) {
        for position in 0..<count {
            let value = unsafe values[position]
            let column = unsafe weights + position &* rows
            for row in 0..<rows { unsafe decisions[row] += column[row] * value }
        }
    }

    private func code(
        _ step: UnsafePointer<TableStep>, _ fields: UnsafeBufferPointer<Double>,
        _ texts: UnsafeBufferPointer<NamedText>, _ registers: UnsafePointer<Double>
    ) -> Int32 {
        let source = unsafe Int(step.pointee.source)
        let search = unsafe searches + Int(step.pointee.place)
        switch unsafe step.pointee.reading {
        case .text: return unsafe search.pointee.code(of: texts[source])
        case .field: return unsafe search.pointee.code(of: fields[source])
        case .register: return unsafe search.pointee.code(of: registers[source])
        case .bin:
            let edges = unsafe numbers + Int(step.pointee.other)
            return unsafe bin(registers[source], edges, step.pointee.edges)
        }
    }

    /// How many edges are at most `value`.
    private func bin(_ value: Double, _ edges: UnsafePointer<Double>, _ count: Int32) -> Int32 {
        var (low, high) = (Int32(0), count)
        while low < high {
            let middle = (low &+ high) / 2
            if unsafe edges[Int(middle)] <= value { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    @inline(__always)
    private func operate(
        _ step: UnsafePointer<TableStep>, _ own: UnsafeMutablePointer<Double>, _ count: Int
    ) {
        let one = unsafe numbers + Int(step.pointee.one)
        let other = unsafe numbers + Int(step.pointee.other)
        // The usual ones have loops of their own, where the operation is known.
        switch unsafe step.pointee.operation {
        case .standardize: unsafe operate(.standardize, own, one, other, count)
        case .scaleAndAdd: unsafe operate(.scaleAndAdd, own, one, other, count)
        case let operation: unsafe operateAny(operation, own, one, other, count)
        }
    }

    @inline(__always)
    private func operate(
        _ operation: NumberOperation, _ own: UnsafeMutablePointer<Double>,
        _ one: UnsafePointer<Double>, _ other: UnsafePointer<Double>, _ count: Int
    ) {
        for position in 0..<count {
            unsafe own[position] = operation.value(own[position], one[position], other[position])
        }
    }

    private func operateAny(
        _ operation: NumberOperation, _ own: UnsafeMutablePointer<Double>,
        _ one: UnsafePointer<Double>, _ other: UnsafePointer<Double>, _ count: Int
    ) {
        unsafe operate(operation, own, one, other, count)
    }
}
