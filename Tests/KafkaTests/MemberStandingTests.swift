import Testing

@testable import Kafka

/// Whose a static member's place is, by what the group lists.
@Suite("MemberStanding")
struct MemberStandingTests {
    @Test("the place is another's where the group lists its static id under another member's id")
    func listedMembers() {
        func standing(_ ids: [String], isMember: Bool = true) -> MemberStanding {
            MemberStanding(
                listed: ids, own: ["own", "own later"], isMember: isMember, instanceID: "g-0")
        }
        #expect(standing([]) == .free && standing(["own"]) == .free)
        #expect(standing(["own later"]) == .free)
        for ids in [["other"], ["own", "other"]] {
            let words = "the group has other as its member g-0"
            #expect(standing(ids) == .replaced(words))
            // It may be the id of a join whose answer was lost.
            #expect(standing(ids, isMember: false) == .doubtful(words))
        }
        #expect(standing([], isMember: false) == .free)
    }

    @Test("a member's id tells its static id, also where that is the beginning of another's")
    func memberIDs() {
        let uuid = "7e4c42a1-6dfc-4f7d-93f1-9f8e6f8f2b11"
        #expect(KafkaHandle.isMember("g-1-\(uuid)", instanceID: "g-1"))
        for id in ["g-1", "g-10-\(uuid)", "g-1-1-\(uuid)", "rdkafka-\(uuid)", uuid] {
            #expect(!KafkaHandle.isMember(id, instanceID: "g-1"), "\(id)")
        }
    }
}
