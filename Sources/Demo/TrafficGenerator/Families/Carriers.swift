/// The shop's own requests with a payload where a value belongs: an attack looks like its victim.
enum Carriers {
    static let shapes = [
        RequestShape("GET", "/search", query: "q={payload}", weight: 6),
        RequestShape(
            "GET", "/search", query: "q={payload}&category={category}&page={small}", weight: 4),
        RequestShape("GET", "/search", query: "q={search}&lang={payload}", weight: 2),
        RequestShape(
            "GET", "/catalogue/{category}", query: "page={small}&sort={payload}", weight: 4),
        RequestShape(
            "GET", "/product/{number}", query: "colour={colour}&size={payload}", weight: 3),
        RequestShape("GET", "/product/{payload}", weight: 3),
        RequestShape("GET", "/suggest", query: "term={payload}&limit={small}", weight: 2),
        RequestShape("GET", "/account/orders", query: "from={date}&to={payload}", weight: 2),
        RequestShape("GET", "/api/v1/products", query: "ids={number},{payload}", weight: 2),
        RequestShape(
            "POST", "/login", form: "user={payload}&password={token}&remember=on", weight: 4),
        RequestShape("POST", "/login", form: "user={email}&password={payload}", weight: 3),
        RequestShape("POST", "/cart/coupon", form: "code={payload}&csrf={token}", weight: 2),
        RequestShape(
            "POST", "/checkout",
            form: "name={payload}&street={street}&city={city}&zip={postcode}&total={price}",
            weight: 2),
        RequestShape(
            "POST", "/contact", form: "name={person}&email={email}&subject=hi&message={payload}",
            weight: 2),
        RequestShape(
            "POST", "/api/v1/reviews",
            json: #"{"product":{number},"author":"{person}","text":"{payload}","stars":{small}}"#,
            weight: 3),
        RequestShape(
            "POST", "/api/v1/search",
            json: #"{"query":"{payload}","filters":{},"sort":["{order}"]}"#, weight: 2),
        RequestShape(
            "PUT", "/api/v1/account",
            json: #"{"name":"{payload}","email":"{email}","address":{"city":"{city}"}}"#),
    ]
}
