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
        case .hubCA:
            KeyRow(
                .file, .derived("the system's"), [.commands], option: "--ca",
                "certificates in PEM that commands believe the hub's certificate by")
        case .hubLease:
            KeyRow(
                .integer(1_000...600_000), .value("10000"), [.hub],
                "milliseconds that the lease of the hub that leads holds without being renewed")
        case .hubOpen:
            KeyRow(
                .choice(["none", "loopback"]), .value("none"), [.hub],
                "who needs no token and may do everything: `none`, or with `loopback` whoever asks "
                    + "from this machine itself")
        case .hubRequests:
            KeyRow(
                .list, .derived("the hub's own configuration, where it names a model"), [.hub],
                "configurations of workers, a file for each model: by them the hub reads the newest "
                    + "requests during a trial, and shows those on which the versions disagree to "
                    + "whoever may read the model; `none` shows none, and `mask` of the file hides "
                    + "fields")
        case .hubIssuer:
            KeyRow(
                .text, .nothing, [.hub],
                "the issuer whose bearer tokens (OIDC) count beside the registry's own, exactly as "
                    + "they name it, as in `https://id.example/realms/ml`")
        case .hubAudience:
            KeyRow(
                .text, .nothing, [.hub],
                "what its tokens are to be for (`aud`)")
        case .hubClaim:
            KeyRow(
                .text, .value("groups"), [.hub],
                "the claim that says what somebody may: a text or a list of texts; `a.b` also "
                    + "the `b` inside of `a`")
        case .hubName:
            KeyRow(
                .text, .value("sub"), [.hub],
                "the claim that names somebody in the audit chain; one that people cannot change "
                    + "themselves")
        case .hubRoles:
            KeyRow(
                .list, .nothing, [.hub],
                "what values of the claim are good for, each `VALUE=ROLE` or `VALUE=ROLE:MODELS`, "
                    + "as in `ml-team=promoter:http-*`; a value may have several")
        case .hubIssuerCA:
            KeyRow(
                .file, .derived("the system's"), [.hub],
                "certificates in PEM that the issuer is believed by")
        case .hubClientID:
            KeyRow(
                .text, .nothing, [.hub],
                "the hub as the issuer knows it: with it people sign in there with their browsers")
        case .hubClientSecretFile:
            KeyRow(
                .file, .nothing, [.hub],
                "a file with the secret of that client, read at each sign-in; without one it is a "
                    + "public client")
        case .hubClientSecret:
            KeyRow(
                .text, .nothing, [.hub],
                "the secret itself, from the environment alone: `SWERVE_HUB_OIDC_CLIENT_SECRET`")
        case .hubScopes:
            KeyRow(
                .list, .value("openid,profile,email"), [.hub],
                "what the issuer is asked to tell of who signs in; `openid` is among it")
        case .hubPublicURL:
            KeyRow(
                .text, .nothing, [.hub],
                "where browsers reach the hub, as in `https://models.example`; the issuer sends "
                    + "them back to `/sign-in/callback` there")
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
