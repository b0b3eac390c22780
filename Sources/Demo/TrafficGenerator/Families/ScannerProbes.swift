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
