import Lifecycle

/// The rows of what a hub is told, and where it is.
extension ConfigurationKey {
    var hubRow: KeyRow {
        switch self {
        case .hubURL:
            KeyRow(
                .text, .nothing, [.commands], option: "--hub",
                "the hub that commands ask in place of a registry's file, as in "
                    + "`https://models.example:9465`")
        case .hubLease:
            KeyRow(
                .integer(1_000...600_000), .value("10000"), [.hub],
                "milliseconds that the lease of the hub that leads holds without being renewed")
        case .hubOpen:
            KeyRow(
                .choice(["none", "loopback"]), .value("none"), [.hub],
                "who needs no token and may do everything: `none`, or with `loopback` whoever asks "
                    + "from this machine itself")
        default:
            KeyRow(
                .text, .value("127.0.0.1:9465"), [.hub], "where the hub answers, `HOST:PORT`")
        }
    }
}
