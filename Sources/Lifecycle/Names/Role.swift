/// In which capacity a version made a prediction.
package enum Role: String, Sendable, Hashable, CaseIterable {
    case stable, canary
}
