/// What customers of the shop do, and what their browsers and apps fetch for them.
enum ShopTraffic {
    static let shapes = browsing + account + ordering + interfaces + assets

    private static let browsing = [
        RequestShape("GET", "/", weight: 3),
        RequestShape("GET", "/", query: "utm_source=newsletter&utm_campaign={date}", weight: 2),
        RequestShape("GET", "/catalogue/{category}", query: "page={small}&sort={order}", weight: 6),
        RequestShape("GET", "/catalogue/{category}/{slug}-{number}", weight: 8),
        RequestShape("GET", "/product/{number}", query: "colour={colour}&size={size}", weight: 6),
        RequestShape("GET", "/search", query: "q={search}", weight: 8),
        RequestShape(
            "GET", "/search", query: "q={search}&category={category}&page={small}", weight: 5),
        RequestShape(
            "GET", "/search", query: "q={search}&price=10-{number}&lang={language}", weight: 3),
        RequestShape("GET", "/{language}/search/{search}", weight: 2),
        RequestShape("GET", "/suggest", query: "term={search}&limit={small}", weight: 3),
        RequestShape("GET", "/help/shipping", query: "city={city}"),
        RequestShape("GET", "/blog/{date}/{slug}", weight: 2),
        RequestShape(
            "GET", "/download", query: "file=manual-{slug}.pdf&lang={language}", weight: 2),
        RequestShape("GET", "/go", query: "url=https://www.example.com/{slug}&ref={hash}"),
        RequestShape("HEAD", "/product/{number}"),
    ]

    private static let account = [
        RequestShape("GET", "/login", query: "next=/account/orders", weight: 2),
        RequestShape(
            "POST", "/login", form: "user={email}&password={token}&remember=on", weight: 4),
        RequestShape("POST", "/login", form: "user={email}&password=My'Pass-{number}!", weight: 1),
        RequestShape(
            "POST", "/register",
            form: "name={person}&email={email}&password={token}&newsletter=1&city={city}", weight: 2
        ),
        RequestShape(
            "POST", "/account/address",
            form: "name={person}&street={street}&postcode={postcode}&city={city}&country=IE",
            weight: 3),
        RequestShape("GET", "/account/orders", query: "from={date}&to={date}", weight: 2),
        RequestShape("GET", "/account/orders/{number}", weight: 2),
        RequestShape("POST", "/password/forgot", form: "email={email}"),
    ]

    private static let ordering = [
        RequestShape(
            "POST", "/cart/add", form: "product={number}&quantity={small}&size={size}", weight: 5),
        RequestShape("GET", "/cart", weight: 3),
        RequestShape("POST", "/cart/coupon", form: "code={coupon}&csrf={token}", weight: 2),
        RequestShape(
            "POST", "/checkout",
            form:
                "name={person}&street={street}&city={city}&zip={postcode}"
                + "&card=tok_{token}&total={price}",
            weight: 3),
        RequestShape(
            "POST", "/product/{number}/review", form: "stars={small}&author={person}&text={review}",
            weight: 3),
        RequestShape(
            "POST", "/contact",
            form: "name={person}&email={email}&subject={search}&message={review}",
            weight: 2),
    ]

    private static let interfaces = [
        RequestShape("GET", "/api/v1/products", query: "ids={number},{number},{number}", weight: 3),
        RequestShape("GET", "/api/v1/products/{number}/stock", query: "store={city}", weight: 2),
        RequestShape(
            "POST", "/api/v1/cart",
            json: #"{"items":[{"sku":"{number}","qty":{small},"size":"{size}"}],"coupon":null}"#,
            weight: 4),
        RequestShape(
            "POST", "/api/v1/reviews",
            json: #"{"product":{number},"author":"{person}","text":"{review}","stars":{small}}"#,
            weight: 3),
        RequestShape(
            "PUT", "/api/v1/account",
            json:
                #"{"name":"{person}","email":"{email}","#
                + #""address":{"street":"{street}","city":"{city}"}}"#,
            weight: 2),
        RequestShape(
            "POST", "/api/v1/search",
            json: #"{"query":"{search}","filters":{"price":{"lte":{price}}},"sort":["{order}"]}"#,
            weight: 2),
        RequestShape(
            "POST", "/graphql",
            json:
                #"{"query":"query P($id: ID!) { product(id: $id) { name price } }","#
                + #""variables":{"id":"{number}"}}"#
        ),
        RequestShape("DELETE", "/api/v1/cart/{number}"),
        RequestShape(
            "POST", "/collect", json: #"{"e":"view","p":"/product/{number}","s":"{hash}"}"#,
            weight: 2),
    ]

    private static let assets = [
        RequestShape("GET", "/static/img/{image}-{number}.webp", weight: 6),
        RequestShape("GET", "/static/js/app.{hash}.js", weight: 3),
        RequestShape("GET", "/static/css/site.{hash}.css", query: "v={number}", weight: 2),
        RequestShape("GET", "/favicon.ico"),
        RequestShape("GET", "/robots.txt"),
        RequestShape("GET", "/sitemap-{small}.xml.gz"),
        RequestShape(
            "GET", "/media/{hash}/{image}.jpg", query: "w={number}&h={number}&fit=crop", weight: 2),
    ]
}
