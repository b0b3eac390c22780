import Lifecycle

/// The rows of what a hub is told.
extension ConfigurationKey {
    var hubRow: KeyRow {
        switch self {
        case .hubLease:
            KeyRow(
                .integer(1_000...600_000), .value("10000"), [.hub],
                "milliseconds that the lease of the hub that leads holds without being renewed")
        case .hubOpen:
            KeyRow(
                .choice(["none", "loopback"]), .value("none"), [.hub],
                "who needs no token and may do everything: `none`, or with `loopback` whoever asks "
                    + "from this machine itself")
        case .hubCertificate:
            KeyRow(
                .file, .nothing, [.hub],
                "the certificate in PEM that the hub shows, with those that stand for it behind it: "
                    + "with it the hub speaks HTTPS; loaded anew when it is replaced")
        case .hubKey:
            KeyRow(.file, .nothing, [.hub], "the private key of that certificate, in PEM")
        default:
            KeyRow(
                .text, .value("127.0.0.1:9465"), [.hub], "where the hub answers, `HOST:PORT`")
        }
    }
}
