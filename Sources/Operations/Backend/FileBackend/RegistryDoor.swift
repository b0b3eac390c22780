package import Lifecycle
package import Registry

/// How a backend comes to the registry's file.
package protocol RegistryDoor: Sendable {
    /// For looking.
    func readable() throws(SwerveError) -> Registry

    /// For changes.
    ///
    /// - Parameter create: whether a registry that is not there is made.
    func writable(create: Bool) throws(SwerveError) -> Registry
}

/// The file is opened anew each time: for a command, which ends soon.
package struct FileDoor: RegistryDoor {
    package let path: String
    private let authority: WriteAuthority

    package init(_ path: String, authority: WriteAuthority = .whileNoneLeads) {
        self.path = path
        self.authority = authority
    }

    package func readable() throws(SwerveError) -> Registry {
        try Registry.open(path: path, access: .readOnly)
    }

    package func writable(create: Bool) throws(SwerveError) -> Registry {
        try Registry.open(path: path, access: .readWrite(create: create), authority: authority)
    }
}
