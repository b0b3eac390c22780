/// What one record gives to a scorer, in memory that belongs to whoever parsed it.
///
/// Valid until the parser's next record; made once a record, and copied by no one.
@safe
package struct ScoringInput {
    /// Which of the views below are there.
    package var views: InputViews = []
    /// The text of the request, any bytes; empty where there is none.
    package var text = unsafe UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    /// The parts of the text where the record named them; nil for a text given as it is.
    package var parts: RequestParts?
    /// The numbers of `"x"`; infinities and NaN among them are the record's own.
    package var dense = unsafe UnsafeBufferPointer<Double>(start: nil, count: 0)
    /// The indices of `"svm"`, counted from 0, ascending, and their values.
    package var sparseIndices = unsafe UnsafeBufferPointer<UInt32>(start: nil, count: 0)
    package var sparseValues = unsafe UnsafeBufferPointer<Double>(start: nil, count: 0)
    /// The named numeric fields that the featurizer wants, in its order; NaN where one is absent.
    package var fields = unsafe UnsafeBufferPointer<Double>(start: nil, count: 0)

    package init() {}

    /// A text given as it is.
    package init(text: UnsafeBufferPointer<UInt8>) {
        views = .text
        unsafe self.text = unsafe text
    }
}
