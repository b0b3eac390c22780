/// The shortest way from the fields of a record, or from `"x"`, to linear decisions: a program over
/// plain memory, made once at load, that makes no features.
///
/// For numbers and categories whose steps change each feature for itself, scored by hyperplanes;
/// everything else goes through features, and so does every input that is refused, for the reason.
/// The operations and their order are those of the other way, so that both give the same bits.
/// Immutable, shared by threads.
@safe
final class DirectTable: Sendable {
    // Why unsafe is sound: written in `init` alone, and freed when nobody has the table any more.
    nonisolated(unsafe) let program: TableProgram
    /// Owns the categories that the program searches.
    private let featurizer: Featurizer

    /// Nil where featurizer or model need features.
    init?(_ featurizer: Featurizer, _ model: Model) {
        guard let linear = model.linear, linear.featureCount == featurizer.featureCount,
            let made = TableCompiler.compile(
                featurizer.plan, linear, refusesNonFinite: model.refusesNonFinite)
        else { return nil }
        self.featurizer = featurizer
        let needs = featurizer.needs
        unsafe program = TableProgram(
            steps: Self.kept(made.steps), numbers: Self.kept(made.numbers),
            positions: Self.kept(made.positions), searches: Self.kept(made.searches),
            stepCount: made.steps.count, registerCount: made.registerCount, rows: linear.rows,
            intercepts: made.interceptPlace, needs: needs,
            fieldCount: needs.contains(.fields) ? featurizer.fieldNames.count : 0,
            textCount: needs.contains(.texts) ? featurizer.textNames.count : 0,
            refusesNonFinite: model.refusesNonFinite)
    }

    deinit {
        unsafe program.steps.deallocate()
        unsafe program.numbers.deallocate()
        unsafe program.positions.deallocate()
        unsafe program.searches.deallocate()
    }

    private static func kept<Element: BitwiseCopyable>(
        _ elements: [Element]
    ) -> UnsafePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
        for (index, element) in elements.enumerated() {
            unsafe (memory + index).initialize(to: element)
        }
        return unsafe UnsafePointer(memory)
    }
}
