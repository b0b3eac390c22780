#!/usr/bin/env python3
"""Makes manual pages, or the reference of the command line, of what the commands say of themselves.

Usage: manual.py man SWERVE FOLDER       swerve.1 and swerve-COMMAND.1
       manual.py markdown SWERVE         docs/cli.md, on standard output
"""
import json
import re
import subprocess
import sys
from pathlib import Path

EXIT_CODES = [
    ("0", "done"),
    ("1", "refused or failed, with one line that says the act, the object and the remedy"),
    ("2", "not converged in time"),
    ("3", "nothing is known to be broken, and not all could be decided"),
    ("64", "the command line or the configuration makes no sense, or a file that it names cannot be "
           "used"),
    ("69", "no slot of the service is its own any more: another start would take them back"),
    ("75", "stopped by the bound on dead letters"),
]
FILES = [
    ("./swerve.yaml", "the configuration, unless --config or SWERVE_CONFIG names another file"),
    ("./swerve.db", "the registry, unless the configuration names another file"),
]
# Told once, and not in each line of usage.
EVERYWHERE = ("-h, --help", "--version")


def read(executable):
    dumped = subprocess.run(
        [executable, "--experimental-dump-help"], check=True, capture_output=True, text=True).stdout
    version = subprocess.run(
        [executable, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    return json.loads(dumped)["command"], version


def shown(commands):
    return [c for c in commands if c.get("shouldDisplay", True) and c["commandName"] != "help"]


def flag(name):
    return ("-" if name["kind"] == "short" else "--") + name["name"]


def names(argument):
    """As it is typed: `--bootstrap BOOTSTRAP`, or the name of what has no flag."""
    value = argument.get("valueName", "").upper()
    if argument["kind"] == "positional":
        return value.lower()
    flags = ", ".join(flag(name) for name in argument["names"])
    return f"{flags} {value}" if argument["kind"] == "option" else flags


def usage(path, command):
    words = [path]
    for argument in arguments(command):
        if names(argument) in EVERYWHERE:
            continue
        if argument["kind"] == "positional":
            word = argument["valueName"].lower()
        else:
            word = flag(argument["preferredName"])
            if argument["kind"] == "option":
                word += f" {argument['valueName'].upper()}"
        if argument.get("isRepeating"):
            word += " …"
        words.append(f"[{word}]" if argument["isOptional"] else word)
    if shown(command.get("subcommands", [])):
        words.append("COMMAND")
    return " ".join(words)


def arguments(command):
    return [a for a in command.get("arguments", []) if a.get("shouldDisplay", True)]


def meaning(argument):
    text = argument.get("abstract", "")
    if argument.get("discussion"):
        text += " " + argument["discussion"]
    if argument.get("defaultValue") not in (None, ""):
        text += f" (default: {argument['defaultValue']})"
    return text.strip()


def roff(text):
    """Text that roff takes as text."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(re.sub(r"^([.'])", r"\\&\1", line) for line in text.split("\n"))


def man_body(path, command, level):
    lines = []
    heading = ".SH" if level == 0 else ".SS"
    if level:
        lines += [f".SH {roff(path.upper())}", roff(command["abstract"])]
    lines += [heading + (" SYNOPSIS" if level == 0 else " Usage"), ".HP 4",
              roff(usage(path, command))]
    if command.get("discussion"):
        lines.append(heading + (" DESCRIPTION" if level == 0 else " Description"))
        lines.append("\n.PP\n".join(roff(part) for part in command["discussion"].split("\n\n")))
    if arguments(command):
        lines.append(heading + (" OPTIONS" if level == 0 else " Options"))
        for argument in arguments(command):
            lines += [".TP", f".B {roff(names(argument))}", roff(meaning(argument)) or "\\&"]
    return lines


def man_page(path, command, version, related):
    title = path.replace(" ", "\\-").upper()
    lines = [f'.TH {title} 1 "" "swerve {version}" "Swerve"', ".SH NAME",
             f"{path.replace(' ', '-')} \\- {roff(command['abstract'].rstrip('.'))}"]
    lines += man_body(path, command, 0)
    subcommands = shown(command.get("subcommands", []))
    if path == "swerve":
        lines.append(".SH COMMANDS")
        for sub in subcommands:
            lines += [".TP", f".BR swerve\\-{roff(sub['commandName'])} (1)", roff(sub["abstract"])]
        lines.append(".SH FILES")
        for file, words in FILES:
            lines += [".TP", f".I {file}", roff(words)]
    else:
        lines += nested(path, subcommands)
    lines.append(".SH EXIT STATUS")
    for code, words in EXIT_CODES:
        lines += [".TP", f".B {code}", roff(words)]
    lines += [".SH SEE ALSO", ",\n".join(f".BR {roff(name)} (1)" for name in related)]
    return "\n".join(lines).replace(",\n.BR", " ,\n.BR") + "\n"


def nested(path, commands):
    lines = []
    for command in commands:
        inner = f"{path} {command['commandName']}"
        lines += man_body(inner, command, 1)
        lines += nested(inner, shown(command.get("subcommands", [])))
    return lines


def write_man(executable, folder):
    root, version = read(executable)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    commands = shown(root["subcommands"])
    pages = {"swerve": man_page("swerve", root, version, ["swerve-serve", "swerve-promote"])}
    for command in commands:
        name = f"swerve-{command['commandName']}"
        pages[name] = man_page(f"swerve {command['commandName']}", command, version, ["swerve"])
    for name, text in pages.items():
        (folder / f"{name}.1").write_text(text)


def markdown_command(path, command, level):
    lines = [f"{'#' * level} {path}", "", command["abstract"], "", f"    {usage(path, command)}", ""]
    if command.get("discussion"):
        lines += [command["discussion"], ""]
    rows = [(f"`{names(a)}`", meaning(a).replace("|", "\\|").replace("\n", " "))
            for a in arguments(command) if names(a) not in EVERYWHERE]
    if rows:
        lines += ["| | |", "|---|---|"] + [f"| {name} | {words} |" for name, words in rows] + [""]
    for sub in shown(command.get("subcommands", [])):
        lines += markdown_command(f"{path} {sub['commandName']}", sub, min(level + 1, 4))
    return lines


def write_markdown(executable):
    root, _ = read(executable)
    lines = [
        "# The command line", "",
        "Made from what each command says of itself (`make docs`); a check of `make deploy-test` holds",
        "that it is as the executable says. Every command also has `--help`, and the Debian package a",
        "manual page of each. Documents go to standard output, everything else to standard error.", "",
        "| exit code | |", "|---|---|",
    ]
    lines += [f"| {code} | {words} |" for code, words in EXIT_CODES] + [""]
    for command in shown(root["subcommands"]):
        lines += markdown_command(f"swerve {command['commandName']}", command, 2)
    print("\n".join(lines).rstrip())


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "man":
        write_man(sys.argv[2], sys.argv[3])
    elif len(sys.argv) == 3 and sys.argv[1] == "markdown":
        write_markdown(sys.argv[2])
    else:
        sys.exit(__doc__)
