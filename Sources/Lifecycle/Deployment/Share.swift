/// The part of the traffic that a candidate gets, in ten-thousandths: 1 … 10,000.
package struct Share: Sendable, Hashable, Comparable, CustomStringConvertible {
    package static let denominator = 10_000

    package let tenThousandths: Int

    package init(tenThousandths: Int) throws(SwerveError) {
        guard (1...Self.denominator).contains(tenThousandths) else {
            throw SwerveError(
                .usage, act: "reading a share of \(Double(tenThousandths) / 100) %",
                reason: "a share lies between 0.01 % and 100 %",
                remedy: "without a candidate, promote the version outright")
        }
        self.tenThousandths = tenThousandths
    }

    /// From a fraction, as control records write it: 0.05 is 5 %.
    package init(fraction: Double) throws(SwerveError) {
        guard fraction.isFinite, (0...1).contains(fraction) else {
            throw SwerveError(
                .invalid, act: "reading share \(fraction)", reason: "not between 0 and 1")
        }
        try self.init(tenThousandths: Int((fraction * Double(Self.denominator)).rounded()))
    }

    /// As people type it: `5%`, `0.5%`, or a fraction `0.05`.
    ///
    /// A bare number from 1 on is refused: `1` may mean 1 % or all.
    package init(_ text: String) throws(SwerveError) {
        let isPercent = text.hasSuffix("%")
        guard let number = Double(isPercent ? String(text.dropLast()) : text), number.isFinite,
            isPercent || number < 1
        else {
            if !isPercent, let number = Double(text), number >= 1, number <= 100 {
                throw SwerveError(
                    .usage, act: "reading share '\(text.shortened(to: 40))'",
                    reason: "a bare number from 1 on is ambiguous",
                    remedy: "write \(text.shortened(to: 20))%, or a fraction below 1 "
                        + "(\(number / 100) is \(text.shortened(to: 20))%)")
            }
            throw SwerveError(
                .usage, act: "reading share '\(text.shortened(to: 40))'",
                reason: "not a share", remedy: "write 1%, or 0.01")
        }
        let scaled = number * (isPercent ? 100 : Double(Self.denominator))
        guard (0...Double(Self.denominator)).contains(scaled) else {
            throw SwerveError(
                .usage, act: "reading share '\(text.shortened(to: 40))'",
                reason: "a share lies between 0.01 % and 100 %")
        }
        try self.init(tenThousandths: Int(scaled.rounded()))
    }

    package var fraction: Double { Double(tenThousandths) / Double(Self.denominator) }

    package var description: String {
        let whole = tenThousandths / 100
        let rest = tenThousandths % 100
        guard rest != 0 else { return "\(whole)%" }
        return rest % 10 == 0
            ? "\(whole).\(rest / 10)%" : "\(whole).\(rest < 10 ? "0" : "")\(rest)%"
    }

    package static func < (left: Share, right: Share) -> Bool {
        left.tenThousandths < right.tenThousandths
    }
}
