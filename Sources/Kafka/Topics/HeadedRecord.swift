import CRdKafka

/// A record with headers, for librdkafka's produce call that takes a list of typed values.
struct HeadedRecord {
    let key: [UInt8]
    /// Nil for a record without a value.
    let value: [UInt8]?
    let headers: [(name: String, value: String)]

    /// Hands the record over; librdkafka copies it.
    func produce(
        _ handle: OpaquePointer, _ destination: OpaquePointer, partition: Int32
    ) -> rd_kafka_resp_err_t {
        let list = unsafe rd_kafka_headers_new(headers.count)
        // By its length, for a value may have a null character in it.
        for (name, value) in headers {
            var text = value
            text.withUTF8 { bytes in
                _ = unsafe rd_kafka_header_add(
                    list, name, -1, bytes.baseAddress, bytes.count)
            }
        }
        let error = unsafe key.withUnsafeBytes { key in
            unsafe (value ?? []).withUnsafeBytes { bytes in
                var values = unsafe [rd_kafka_vu_t](repeating: rd_kafka_vu_t(), count: 6)
                unsafe values[0].vtype = RD_KAFKA_VTYPE_RKT
                unsafe values[0].u.rkt = destination
                unsafe values[1].vtype = RD_KAFKA_VTYPE_PARTITION
                unsafe values[1].u.i32 = partition
                unsafe values[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS
                unsafe values[2].u.i = RD_KAFKA_MSG_F_COPY
                unsafe values[3].vtype = RD_KAFKA_VTYPE_HEADERS
                unsafe values[3].u.headers = list
                unsafe values[4].vtype = RD_KAFKA_VTYPE_KEY
                unsafe values[4].u.mem.ptr = UnsafeMutableRawPointer(mutating: key.baseAddress)
                unsafe values[4].u.mem.size = key.count
                unsafe values[5].vtype = RD_KAFKA_VTYPE_VALUE
                let start = value == nil ? nil : bytes.baseAddress
                unsafe values[5].u.mem.ptr = UnsafeMutableRawPointer(mutating: start)
                unsafe values[5].u.mem.size = bytes.count
                return unsafe rd_kafka_produceva(handle, values, values.count)
            }
        }
        guard let error = unsafe error else { return RD_KAFKA_RESP_ERR_NO_ERROR }
        let code = unsafe rd_kafka_error_code(error)
        unsafe rd_kafka_error_destroy(error)
        // librdkafka takes the headers only when it takes the record.
        unsafe rd_kafka_headers_destroy(list)
        return code
    }
}
