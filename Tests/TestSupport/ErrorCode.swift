package import Lifecycle

/// The code of an error of ours, nil for any other: what a test expects of a refusal.
package func code(_ error: any Error) -> SwerveError.Code? { (error as? SwerveError)?.code }
