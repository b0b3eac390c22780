/// Signs messages under a key's name; made where the private key is, used where the bytes are.
package struct RecordSigner: Sendable {
    package let keyName: String
    private let sign: @Sendable ([UInt8]) throws(SwerveError) -> [UInt8]

    /// - Parameter sign: gives the 64 bytes of the signature over a message.
    package init(
        keyName: String, sign: @escaping @Sendable ([UInt8]) throws(SwerveError) -> [UInt8]
    ) {
        self.keyName = keyName
        self.sign = sign
    }

    package func signature(over message: [UInt8]) throws(SwerveError) -> RecordSignature {
        RecordSignature(keyName: keyName, bytes: try sign(message))
    }
}
