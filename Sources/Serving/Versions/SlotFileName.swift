package import Lifecycle
import Platform

/// How files of one slot are named in the state folder, so that services which share the folder
/// never see each other's: `MODEL.SLOT.GROUP` and an ending, where model and slot have no dots.
///
/// Of the group what a file name may not have is written as `%XX`. Of a long one only the beginning
/// is kept, with its hash behind a sign that no short one has.
package struct SlotFileName: Sendable {
    private let stem: String
    private let everySlot: String

    package init(_ slot: SlotID, _ model: ModelName) {
        var group = ""
        for byte in slot.group.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                group.unicodeScalars.append(Unicode.Scalar(byte))
            default: group += "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))"
            }
        }
        if group.utf8.count > Self.groupBytes {
            let hash = ContentHash.sha256(Array(slot.group.utf8)).hex.prefix(32)
            group = "\(group.prefix(Self.groupBytes - 33))~\(hash)"
        }
        stem = "\(model).\(slot.slot).\(group)"
        everySlot = "\(model).*.\(group)"
    }

    /// - Parameter ending: with its dot.
    package func text(_ ending: String) -> String { stem + ending }

    /// The same of all slots, as a shell reads it.
    package func pattern(_ ending: String) -> String { everySlot + ending }

    /// With a model's 63 bytes and the slot's digits, well below the 255 of a file's name.
    private static let groupBytes = 120
}
