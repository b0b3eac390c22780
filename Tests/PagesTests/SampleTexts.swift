/// What people and programs elsewhere wrote on the sample pages: as it is, or as an attacker would.
enum SampleTexts: String, CaseIterable, Sendable {
    case usual, markup, quotes, turning, control, long, piled

    func callAsFunction(_ text: String) -> String {
        switch self {
        case .usual: text
        case .markup:
            "<script>alert(1)</script><img src=x onerror=alert(1)><!--" + text + "]]></svg></main>"
        case .quotes: "\"' onmouseover=\"alert(1)\" style='x' x=`" + text + "\\&quot;&#39;&lt;"
        case .turning:
            "\u{202E}gpj.exe\u{2066}\u{061C}\u{200F}" + text + "\u{200B}\u{FEFF}\u{E0041}"
        case .control: "\u{0}\u{7}\u{1B}[31m\r\n\t\u{85}\u{2028}" + text + "\u{FFFE}\u{7F}"
        case .long: String(repeating: "w", count: 200) + text + String(repeating: "W", count: 5_000)
        case .piled: "e" + String(repeating: "\u{301}", count: 9_000) + text
        }
    }
}
