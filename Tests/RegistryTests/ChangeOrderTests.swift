import Lifecycle
import Platform
import Testing

@testable import Registry

@Suite("ChangeOrder")
struct ChangeOrderTests {
    private let model: ModelName
    private let key: SigningKey

    init() throws {
        model = try ModelName("m")
        key = try SigningKey.generate(ModelName("ada"))
    }

    private func order(_ what: ChangeOrder.What, at: String = Fixture.note.at) -> ChangeOrder {
        ChangeOrder(
            what, of: model, expectedEpoch: 3, isForced: true,
            note: ChangeNote(by: "ada", at: at, reason: "why"), freshSalt: 9,
            signing: DeploymentSigning(signer: key.signer, topic: "t", validMs: 1_000))
    }

    @Test("it names its act, and the audit chain's word for it")
    func acts() {
        let rows: [(ChangeOrder.What, String, AuditAct)] = [
            (.change(.promote(3)), "promoting m@3", .deploy),
            (.change(.rollback), "rolling back m", .deploy),
            (.renew, "signing m anew", .republish),
            (.adopt(DeploymentTakeover()), "adopting m", .adopt),
        ]
        for (what, act, auditAct) in rows {
            #expect(order(what).act == act && order(what).auditAct == auditAct)
        }
    }

    @Test("with another aim it keeps all its terms")
    func otherAim() {
        let renewed = order(.change(.promote(3))).with(.renew)
        #expect(renewed.act == "signing m anew" && renewed.model == model)
        #expect(renewed.expectedEpoch == 3 && renewed.isForced && renewed.freshSalt == 9)
        #expect(renewed.note.reason == "why" && renewed.signing?.topic == "t")
    }

    @Test("only an adoption takes something over")
    func takeover() {
        let adoption = PendingPublication.Adoption(registry: "r", epoch: 4)
        let takeover = DeploymentTakeover(adoption: adoption)
        #expect(order(.adopt(takeover)).takeover.adoption == adoption)
        #expect(order(.renew).takeover.adoption == nil)
        #expect(order(.change(.promote(1))).takeover.disregarded == nil)
    }

    @Test("a signature's time begins with the note's, which has to be one")
    func expiry() throws {
        #expect(try order(.renew, at: "1970-01-01T00:00:05.000Z").expiry() == 6_000)
        #expect(throws: SwerveError.self) { try order(.renew, at: "now").expiry() }
        let unsigned = ChangeOrder(.renew, of: model, note: ChangeNote(by: "a", at: "now"))
        #expect(try unsigned.expiry() == nil)
    }
}
