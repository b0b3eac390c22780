import CRdKafka
import Lifecycle

/// Headers of records that are copied to their predictions.
///
/// Only where the producer was made with names of such: then each prediction is handed over by a
/// call of its own, those without headers too, so that they keep their order.
extension RecordProducer {
    /// Copies to the prediction staged last those headers of a record that are named: in their
    /// order, all of a name, null values as such.
    ///
    /// One that would go beyond what the topic takes, `Limits.copiedHeaderBytes` or
    /// `copiedHeadersOfRecord` is left out and counted. Without names, does nothing.
    package func copyHeaders(of batch: RecordBatch, at index: Int) {
        guard let copies, stagedCount > 0, let record = batch.whole(at: index),
            let headers = unsafe record.headers
        else { return }
        let place = stagedCount - 1
        let bytes = unsafe staged[place].len + staged[place].key_len
        unsafe copies.take(headers, for: place, room: recordBytes - bytes)
    }

    /// How many headers were left out since the last call.
    package func takeLeftOutHeaders() -> Int {
        guard let copies else { return 0 }
        defer { copies.leftOut = 0 }
        return copies.leftOut
    }

    /// Hands everything staged over, one by one; waits and throws as `send` does.
    func send(with copies: HeaderCopies) throws(SwerveError) {
        var next = 0
        defer {
            copies.drop(next..<stagedCount)
            stagedCount = 0
        }
        while next < stagedCount {
            let code = unsafe copies.produce(handle.raw, staged[next], at: next, to: output)
            switch code {
            case RD_KAFKA_RESP_ERR_NO_ERROR: next += 1
            case RD_KAFKA_RESP_ERR__QUEUE_FULL: try waitForRoom()
            default: throw refusal(code, partition: unsafe staged[next].partition)
            }
        }
    }

    /// Why a header of that name is not to be copied, in words that follow it; nil where it may be.
    package static func refusal(ofHeader name: String) -> String? {
        guard name.utf8.count <= Limits.copiedHeaderNameBytes else {
            return "has more than \(Limits.copiedHeaderNameBytes) bytes"
        }
        guard name.printable == name else { return "has a control character in it" }
        let isOwn = unsafe name.withCString { unsafe DeadLetter.isOwn($0) }
        return isOwn ? "begins as a dead letter's own headers do" : nil
    }
}

/// The names of headers that are copied, and the headers of each prediction that is staged.
///
/// Poll thread only. Allocates nothing for a record, but what librdkafka does for its headers.
@safe
final class HeaderCopies {
    private let names: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>>
    /// By place among those staged; nil where a prediction has none.
    private let lists: UnsafeMutableBufferPointer<OpaquePointer?>
    /// The arguments of one call.
    private let values: UnsafeMutableBufferPointer<rd_kafka_vu_t>
    var leftOut = 0

    /// - Parameter capacity: predictions staged at once.
    init(names: [String], capacity: Int) {
        unsafe self.names = .allocate(capacity: names.count)
        for (place, name) in names.enumerated() {
            let characters = name.utf8CString
            let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: characters.count)
            _ = unsafe copy.initialize(from: characters)
            guard let start = copy.baseAddress else { continue }
            unsafe self.names.initializeElement(at: place, to: start)
        }
        unsafe lists = .allocate(capacity: capacity)
        unsafe lists.initialize(repeating: nil)
        unsafe values = .allocate(capacity: Self.valuesMax)
        unsafe values.initialize(repeating: rd_kafka_vu_t())
    }

    deinit {
        drop(unsafe lists.indices)
        for place in unsafe names.indices { unsafe names[place].deallocate() }
        unsafe names.deallocate()
        unsafe lists.deallocate()
        unsafe values.deallocate()
    }

    /// - Parameter room: bytes that the headers may have, as librdkafka counts them.
    func take(_ original: OpaquePointer, for place: Int, room: Int) {
        var left = min(room, Limits.copiedHeaderBytes)
        var countLeft = Limits.copiedHeadersOfRecord
        var copies: OpaquePointer?
        var index = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var count = 0
        while unsafe rd_kafka_header_get_all(original, index, &name, &value, &count)
            == RD_KAFKA_RESP_ERR_NO_ERROR
        {
            index += 1
            guard let name = unsafe name, let nameBytes = unsafe bytesIfNamed(name) else {
                continue
            }
            let bytes = nameBytes + count + Self.headerBytes
            guard bytes <= left, countLeft > 0 else {
                leftOut += 1
                continue
            }
            left -= bytes
            countLeft -= 1
            if unsafe copies == nil { unsafe copies = rd_kafka_headers_new(names.count) }
            unsafe rd_kafka_header_add(copies, name, nameBytes, value, count)
        }
        unsafe lists[place] = unsafe copies
    }

    /// The length of a name; nil where it is none of those that are copied.
    private func bytesIfNamed(_ name: UnsafePointer<CChar>) -> Int? {
        for place in unsafe names.indices {
            let wanted = unsafe names[place]
            var length = 0
            while unsafe wanted[length] == name[length] {
                if unsafe name[length] == 0 { return length }
                length += 1
            }
        }
        return nil
    }

    /// Hands one prediction over with its headers, which are librdkafka's once it is taken.
    func produce(
        _ handle: OpaquePointer, _ message: rd_kafka_message_t, at place: Int,
        to topic: OpaquePointer
    ) -> rd_kafka_resp_err_t {
        unsafe values[0].vtype = RD_KAFKA_VTYPE_RKT
        unsafe values[0].u.rkt = unsafe topic
        unsafe values[1].vtype = RD_KAFKA_VTYPE_PARTITION
        unsafe values[1].u.i32 = unsafe message.partition
        unsafe values[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS
        unsafe values[2].u.i = RD_KAFKA_MSG_F_COPY
        unsafe values[3].vtype = RD_KAFKA_VTYPE_OPAQUE
        unsafe values[3].u.ptr = unsafe message._private
        unsafe values[4].vtype = RD_KAFKA_VTYPE_VALUE
        unsafe values[4].u.mem.ptr = unsafe message.payload
        unsafe values[4].u.mem.size = unsafe message.len
        var count = 5
        if unsafe message.key != nil {
            unsafe values[count].vtype = RD_KAFKA_VTYPE_KEY
            unsafe values[count].u.mem.ptr = unsafe message.key
            unsafe values[count].u.mem.size = unsafe message.key_len
            count += 1
        }
        if let list = unsafe lists[place] {
            unsafe values[count].vtype = RD_KAFKA_VTYPE_HEADERS
            unsafe values[count].u.headers = unsafe list
            count += 1
        }
        guard let error = unsafe rd_kafka_produceva(handle, values.baseAddress, count) else {
            unsafe lists[place] = nil
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
        let code = unsafe rd_kafka_error_code(error)
        unsafe rd_kafka_error_destroy(error)
        return code
    }

    /// Forgets headers that were not handed over.
    func drop(_ places: Range<Int>) {
        for place in places {
            guard let list = unsafe lists[place] else { continue }
            unsafe rd_kafka_headers_destroy(list)
            unsafe lists[place] = nil
        }
    }

    private static let valuesMax = 7
    /// Of a header, beside name and value, as librdkafka counts.
    private static let headerBytes = 10
}
