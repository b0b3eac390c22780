import CRdKafka
import Lifecycle
import Platform

/// Who a handle says it is: SASL's user and password, the password perhaps out of a file that
/// somebody changes while the handle lives.
struct Credentials: Sendable {
    /// As C wants them: to hand Strings over would allocate at each wake-up.
    private var user: ContiguousArray<CChar>
    private var password: ContiguousArray<CChar>
    private let file: SecretFile?
    /// What is to be said where brokers refuse them and they may be right; empty for nothing.
    let remark: String

    /// - Parameters:
    ///   - settings: with the names of files.
    ///   - values: with the secrets in their place.
    init(_ settings: KafkaSettings, _ values: [String: String]) {
        user = (values["sasl.username"] ?? "").utf8CString
        password = (values["sasl.password"] ?? "").utf8CString
        file = settings["sasl.password" + SecretMask.ofFile].map { SecretFile(path: $0) }
        let mechanism = values["sasl.mechanisms"] ?? values["sasl.mechanism"] ?? ""
        let version = LibrdkafkaVersion.present
        remark =
            mechanism.uppercased().hasPrefix("SCRAM") && version.hasForeignScram
            ? "; they may be right: brokers since Kafka 4.0 refuse SCRAM of a librdkafka before "
                + "2.6.1 (librdkafka#4895), and this is \(version)" : ""
    }

    /// Hands them to the handle, which wakes each of its threads that talks with a broker.
    func give(to raw: OpaquePointer) {
        let failure = unsafe user.withUnsafeBufferPointer { user in
            unsafe password.withUnsafeBufferPointer { password in
                unsafe rd_kafka_sasl_set_credentials(raw, user.baseAddress, password.baseAddress)
            }
        }
        if let failure = unsafe failure { unsafe rd_kafka_error_destroy(failure) }
    }

    /// Reads the file again; false where there is none, or it says the same.
    mutating func renew() -> Bool {
        guard let file, let secret = try? file.read(act: "reading a password"),
            secret.utf8CString != password
        else { return false }
        password = secret.utf8CString
        return true
    }
}
