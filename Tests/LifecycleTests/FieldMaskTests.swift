import Lifecycle
import Testing

@Suite("FieldMask")
struct FieldMaskTests {
    private func shown(_ text: String, _ names: String...) -> String? {
        FieldMask(names).shown(Array(text.utf8))
    }

    @Test("without names everything is shown, whatever it is")
    func nothing() {
        #expect(shown(#"{"a":"x"} no JSON"#) == #"{"a":"x"} no JSON"#)
    }

    @Test("a masked field is hidden, whatever its value, and all others are shown")
    func fields() {
        #expect(shown(#"{"a":"x","b":[1,{"a":2}]}"#, "a") == #"{"a":"***","b":[1,{"a":2}]}"#)
        #expect(shown(#"{"a":{"x":1},"b":1}"#, "a", "c") == #"{"a":"***","b":1}"#)
        #expect(shown(#"{"a":null}"#, "a") == #"{"a":"***"}"#)
    }

    @Test("a dotted name leads into objects; where it cannot, the value on the way is hidden")
    func dotted() {
        #expect(shown(#"{"a":{"b":1,"c":2},"b":3}"#, "a.b") == #"{"a":{"b":"***","c":2},"b":3}"#)
        #expect(shown(#"{"a":{"c":2}}"#, "a.b") == #"{"a":{"c":2}}"#)
        #expect(shown(#"{"a":"b=1"}"#, "a.b") == #"{"a":"***"}"#)
        // As a key of its own, and below one that is masked.
        #expect(
            shown(#"{"a.b":1,"a.c":2,"d.e":3}"#, "a.b", "d")
                == #"{"a.b":"***","a.c":2,"d.e":"***"}"#)
    }

    @Test(
        "nothing is shown of what is no JSON object, or may hide a field from this reader",
        arguments: ["secret", "", "[1]", #"{"a":"x"#, #"{"a":1,"a":2}"#, #"{"a":1} x"#])
    func noJSON(text: String) {
        #expect(shown(text, "a") == nil)
    }

    @Test("a name hides what is below it")
    func names() {
        let mask = FieldMask(["a", "b.c"])
        #expect(mask.hides("a") && mask.hides("a.x") && mask.hides("b.c"))
        #expect(!mask.hides("b") && !mask.hides("ab"))
        #expect(mask.touches("b") && mask.touches("a.x") && !mask.touches("c"))
    }
}
