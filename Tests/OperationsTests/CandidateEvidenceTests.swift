import Lifecycle
import Operations
import Registry
import Testing

@Suite("CandidateEvidence")
struct CandidateEvidenceTests {
    private func deployed(_ version: Int) -> DeployedVersion {
        DeployedVersion(
            version: version,
            digest: Digest(sha256: [UInt8](repeating: UInt8(version), count: 32)))
    }

    private func record(_ records: Int64?, before: Int64? = nil, candidate: Int = 2) -> StatusRecord
    {
        func comparison(_ records: Int64) -> VersionComparison {
            var comparison = VersionComparison(
                candidate: candidate, stable: 1, mode: "canary", share: 500)
            comparison.records = records
            return comparison
        }
        var record = StatusRecord(
            group: "g", slot: 0, total: 1, model: "m",
            incarnation: StatusRecord.Incarnation(id: "x", startedAtMs: 1, host: "h", pid: 1),
            phase: .serving)
        record.comparison = records.map(comparison)
        record.comparisonBefore = before.map(comparison)
        return record
    }

    private func warning(_ heard: [StatusRecord]?) -> ChangeWarning? {
        CandidateEvidence.warning(completing: deployed(2), over: deployed(1), heard: heard)
    }

    @Test("a candidate that compared nothing, as far as anybody said, is warned of")
    func nothing() {
        for heard in [[], [record(0)], [record(nil)], [record(9, candidate: 3)], [record(-5)]] {
            #expect(warning(heard) == .comparedNothing(candidate: 2, stable: 1))
        }
        #expect(warning(nil) == .comparisonsUnknown(candidate: 2))
    }

    @Test("what any slot compared counts, also what its earlier processes did")
    func something() {
        #expect(warning([record(0), record(1)]) == nil)
        #expect(warning([record(0, before: 7)]) == nil)
        #expect(warning([record(nil, before: 7)]) == nil)
    }

    @Test("only what makes the candidate the stable version completes it")
    func completed() throws {
        let deployment = Deployment(
            model: try ModelName("m"), epoch: 3, stable: deployed(1),
            candidate: Candidate(
                deployed: deployed(2), mode: .canary, share: try Share(fraction: 0.5)), salt: 1)
        let share = try Share(fraction: 0.1)
        #expect(CandidateEvidence.completed(by: .complete, of: deployment) == deployed(2))
        #expect(CandidateEvidence.completed(by: .promote(2), of: deployment) == deployed(2))
        for other in [.promote(1), .canary(2, share), .shadow(2, share), .abort, .rollback]
            as [DeploymentChange<Int>]
        { #expect(CandidateEvidence.completed(by: other, of: deployment) == nil) }
        #expect(CandidateEvidence.completed(by: .complete, of: nil) == nil)
    }
}
