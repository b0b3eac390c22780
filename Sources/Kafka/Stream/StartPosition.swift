/// Where a group begins that has committed nothing yet.
///
/// There is no default: `latest` loses records silently and `earliest` replays them.
package enum StartPosition: String, Sendable, CaseIterable {
    case earliest, latest
}
