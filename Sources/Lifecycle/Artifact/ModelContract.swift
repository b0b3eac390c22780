/// What a version promises to those around it: what it reads, what it does, what it says.
package struct ModelContract: Sendable, Equatable {
    /// `text`, `fields`, `dense`, `sparse`, or several joined by `+`; nil where it is not known.
    package let inputView: String?
    /// `classification`, `regression`, `one-class`; nil where it is not known.
    package let task: String?
    /// The labels as predictions print them, in the model's class order; nil where not known.
    package let labels: [String]?

    package init(inputView: String?, task: String?, labels: [String]?) {
        self.inputView = inputView
        self.task = task
        self.labels = labels
    }

    /// What differs from `stable`, in words: the compatibility gate of promotions.
    ///
    /// What either does not tell is passed over; labels are compared without their order.
    package func differences(from stable: ModelContract) -> [String] {
        func told(_ labels: [String]) -> String { labels.joined(separator: ", ") }
        var found: [String] = []
        if let mine = inputView, let other = stable.inputView, mine != other {
            found.append("it reads \(mine), the stable version \(other)")
        }
        if let mine = task, let other = stable.task, mine != other {
            found.append("its task is \(mine), the stable version's \(other)")
        }
        if let mine = labels, let other = stable.labels, Set(mine) != Set(other) {
            found.append("its labels are \(told(mine)), the stable version's \(told(other))")
        }
        return found
    }
}
