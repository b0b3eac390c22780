package import Lifecycle

/// The code of an error of ours, nil for any other: what a test expects of a refusal.
package func code(_ error: any Error) -> SwerveError.Code? { (error as? SwerveError)?.code }

/// Its problem; nil where it has none, and for any other error.
package func problem(_ error: any Error) -> Problem? { (error as? SwerveError)?.problem }
