import CNumbers
package import Inputs
package import Scoring

/// One batch's predictions, written one behind the other into memory that is used over and over.
///
/// For one thread. The bytes are valid until `reset`; librdkafka copies them before that.
@safe
package final class PredictionArena {
    private var memory: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private var used = 0

    package init() {
        capacity = 0
        unsafe memory = .allocate(capacity: 1)
    }

    deinit { unsafe memory.deallocate() }

    /// Makes room for `count` predictions of at most `longest` bytes; forgets what it holds.
    package func reserve(count: Int, longest: Int) {
        used = 0
        guard count * longest > capacity else { return }
        unsafe memory.deallocate()
        capacity = count * longest
        unsafe memory = .allocate(capacity: capacity)
    }

    package func reset() { used = 0 }

    /// Writes a prediction and returns its bytes.
    ///
    /// Room must have been reserved.
    ///
    /// - Parameters:
    ///   - id: the request's own, already escaped for JSON; nil for none.
    ///   - marks: what was odd about the record.
    package func write(
        _ form: PredictionForm, verdict: Verdict, output: ScoreOutput, partition: Int32,
        offset: Int64, id: UnsafeBufferPointer<UInt8>?, marks: RecordMarks = []
    ) -> UnsafeBufferPointer<UInt8> {
        precondition(used + form.longestBytes <= capacity, "no room reserved for the prediction")
        if let avro = form.avro {
            return unsafe write(
                avro, verdict: verdict, output: output, partition: partition, offset: offset,
                id: id, marks: marks)
        }
        let start = used
        copy(form.head)
        number(verdict.score)
        copy(form.middles[verdict.classIndex])
        integer(Int64(partition))
        literal(#","offset":"#)
        integer(offset)
        literal("}")
        if form.listsDecisions {
            literal(#","decision":["#)
            for index in 0..<output.decisionCount {
                if index > 0 { literal(",") }
                number(output.decision(index))
            }
            literal("]")
        }
        probabilities(output)
        if let id = unsafe id, let first = id.baseAddress {
            literal(#","id":""#)
            unsafe (memory + used).update(from: first, count: id.count)
            used += id.count
            literal("\"")
        }
        if !marks.isEmpty { list(marks) }
        literal("}")
        return unsafe UnsafeBufferPointer(start: memory + start, count: used - start)
    }

    private func list(_ marks: RecordMarks) {
        switch (marks.contains(.truncated), marks.contains(.malformed)) {
        case (true, true): literal(#","marks":["malformed","truncated"]"#)
        case (true, false): literal(#","marks":["truncated"]"#)
        default: literal(#","marks":["malformed"]"#)
        }
    }

    /// Writes a prediction in Avro, framed where its form says so, and returns its bytes.
    ///
    /// Room must have been reserved. The parameters are those of JSON.
    package func write(
        _ form: AvroPredictionForm, verdict: Verdict, output: ScoreOutput, partition: Int32,
        offset: Int64, id: UnsafeBufferPointer<UInt8>?, marks: RecordMarks = []
    ) -> UnsafeBufferPointer<UInt8> {
        precondition(used + form.longestBytes <= capacity, "no room reserved for the prediction")
        var values = AvroPredictionForm.Values()
        values.score = verdict.score
        values.classIndex = verdict.classIndex
        unsafe output.withNumbers { decisions, probabilities in
            if form.listsDecisions { unsafe values.decision = decisions }
            switch probabilities.count {
            case 0: break
            case 1: values.probability = output.probability(0)
            default: unsafe values.probabilities = probabilities
            }
        }
        unsafe values.id = id
        values.marks = marks
        let start = unsafe memory + used
        let count = unsafe form.write(values, partition: partition, offset: offset, into: start)
        used += count
        return unsafe UnsafeBufferPointer(start: start, count: count)
    }

    private func probabilities(_ output: ScoreOutput) {
        switch output.probabilityCount {
        case 0: return
        case 1:
            literal(#","probability":"#)
            number(output.probability(0))
        case let count:
            literal(#","probability":["#)
            for index in 0..<count {
                if index > 0 { literal(",") }
                number(output.probability(index))
            }
            literal("]")
        }
    }

    private func copy(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let first = source.baseAddress else { return }
            unsafe (memory + used).update(from: first, count: source.count)
        }
        used += bytes.count
    }

    private func literal(_ text: StaticString) {
        unsafe (memory + used).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        used += text.utf8CodeUnitCount
    }

    private func number(_ value: Double) {
        used += unsafe Int(
            UnsafeMutableRawPointer(memory + used).withMemoryRebound(
                to: CChar.self, capacity: Int(CNUMBERS_DOUBLE_BYTES)
            ) { unsafe cnumbers_format_double(value, $0) })
    }

    /// Decimal digits, written backwards into place.
    private func integer(_ value: Int64) {
        if value < 0 {
            unsafe memory[used] = 0x2D
            used += 1
        }
        var rest = value.magnitude
        var digits = 1
        var bound: UInt64 = 10
        while rest >= bound, digits < 19 {
            digits += 1
            bound &*= 10
        }
        for place in stride(from: used + digits - 1, through: used, by: -1) {
            unsafe memory[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        used += digits
    }
}
