internal import Lifecycle
internal import Scoring

/// The calibration of a bundle: how many members, and their curves.
enum BundleCalibration {
    /// Nil where the manifest has none.
    static func parse(
        _ manifest: BundleObject, task: ModelTask, rule: Model.Rule, classes: Int
    ) throws(SwerveError) -> Calibration? {
        guard manifest.value("calibration") != nil else { return nil }
        guard task == .classification, rule == .single || rule == .oneVsRest else {
            throw manifest.wrong("calibration", "goes with the rules single and one_vs_rest alone")
        }
        let object = try manifest.object("calibration")
        try object.require(keys: ["members", "curves"])
        let members = try object.int("members", in: 1...Limits.calibrationMembers)
        let each = rule == .single ? 1 : classes
        guard members * each <= Limits.calibratedDecisions else {
            throw object.wrong(
                "members",
                "make \(members * each) decisions, the limit is \(Limits.calibratedDecisions)")
        }
        return Calibration(
            members: members,
            curves: try curves(object.object("curves"), members: members, each: each))
    }

    private static func curves(
        _ object: BundleObject, members: Int, each: Int
    ) throws(SwerveError) -> Calibration.Curves {
        let (name, curves) = try object.choice()
        switch name {
        case "sigmoid":
            try curves.require(keys: ["a", "b"])
            return .sigmoid(
                a: try curves.doubles("a", count: members * each),
                b: try curves.doubles("b", count: members * each))
        case "isotonic":
            return .isotonic(try isotonic(curves, count: members * each))
        case "temperature":
            try curves.require(keys: ["beta"])
            return .temperature(beta: try curves.doubles("beta", count: members))
        default:
            throw object.wrong(name, "is not known; curves are sigmoid, isotonic or temperature")
        }
    }

    /// Tables one behind the other: the interpolation finds its place by halves, and relies on
    /// their order.
    private static func isotonic(
        _ object: BundleObject, count: Int
    ) throws(SwerveError) -> IsotonicCurves {
        try object.require(keys: ["x", "y", "offsets"])
        let x = try object.doubles("x")
        let y = try object.doubles("y", count: x.count)
        let name = try object.tensorName("offsets")
        let starts = try object.tensors.counts(name, shape: [count + 1], most: x.count)
        guard starts.first == 0, starts.last == x.count else {
            throw object.tensors.wrong(name, "it does not run from 0 to the \(x.count) points")
        }
        if let table = (0..<count).first(where: { starts[$0] >= starts[$0 + 1] }) {
            throw object.tensors.wrong(
                name, "its element \(table + 1) leaves a table without points")
        }
        for table in 0..<count {
            let places = starts[table]..<starts[table + 1]
            if let place = places.dropFirst().first(where: { x[$0] <= x[$0 - 1] }) {
                throw object.wrong(
                    "x",
                    "does not ascend at element \(place), in table \(table): "
                        + "\(x[place]) after \(x[place - 1])")
            }
            if let place = places.dropFirst().first(where: { y[$0] < y[$0 - 1] }) {
                throw object.wrong(
                    "y",
                    "goes back at element \(place), in table \(table): "
                        + "\(y[place]) after \(y[place - 1])")
            }
            if let place = places.first(where: { !(0...Self.most).contains(y[$0]) }) {
                throw object.wrong(
                    "y", "has \(y[place]) at element \(place), which is no probability")
            }
        }
        return IsotonicCurves(starts: starts, x: x, y: y)
    }

    /// What rounding makes of 1 while a table is fitted.
    private static let most = 1 + 1e-5
}
