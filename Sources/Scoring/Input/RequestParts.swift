/// Where the parts of a request stand in its text `METHOD path?query\nbody`, in bytes.
package struct RequestParts: Sendable, Equatable {
    package let method: Range<Int>
    package let path: Range<Int>
    package let query: Range<Int>
    package let body: Range<Int>

    package init(method: Range<Int>, path: Range<Int>, query: Range<Int>, body: Range<Int>) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
    }
}
