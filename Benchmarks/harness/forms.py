"""The same CSIC requests as records of each form of input: JSON, lines of a log, Avro, numbers."""
import json
import struct

# What each combined line has beside the request, as a server would write it.
_HOST, _TIME, _STATUS, _BYTES = "10.0.0.1", "02/Jan/2026:15:04:05 +0000", 200, 5_120
SCHEMA_ID = 7
_OPTIONAL = ["null", "string"]
SCHEMA = {
    "type": "record", "name": "Request", "namespace": "bench", "fields": [
        {"name": "id", "type": "string"}, {"name": "ts", "type": _OPTIONAL},
        {"name": "method", "type": "string"}, {"name": "path", "type": "string"},
        {"name": "query", "type": "string"}, {"name": "body", "type": "string"},
        {"name": "user_agent", "type": _OPTIONAL}, {"name": "status", "type": ["null", "int"]},
        {"name": "label", "type": "int"}, {"name": "class", "type": "string"}]}


def requests(csic):
    with open(csic, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def write(csic, path, form):
    """One record a line, in hexadecimal where the form gives bytes; the mean bytes of a record."""
    count = total = 0
    with open(path, "w", encoding="utf-8") as out:
        for request in requests(csic):
            record = form(request)
            size = len(record) if isinstance(record, bytes) else len(record.encode())
            out.write((record.hex() if isinstance(record, bytes) else record) + "\n")
            count += 1
            total += size
    return total / count


def bodiless(request):
    """JSON as it is, but for the body, which no log has."""
    return json.dumps(dict(request, body=""))


def text(request):
    """The bytes that are scored."""
    target = request["path"] + ("?" + request["query"] if request["query"] else "")
    return f"{request['method']} {target}\n{request['body']}".encode()


def combined(request):
    """A line of Apache's combined log. It has no body."""
    target = request["path"] + ("?" + request["query"] if request["query"] else "")
    agent = _escaped(request["user_agent"] or "-")
    return (
        f'{_HOST} - - [{_TIME}] "{_escaped(request["method"])} {_escaped(target)} HTTP/1.1" '
        f'{_STATUS} {_BYTES} "-" "{agent}"')


def _escaped(part):
    """As Apache escapes what a client sent."""
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\v": "\\v", "\f": "\\f"}
    out = []
    for letter in part:
        if letter in '"\\':
            out.append("\\" + letter)
        elif letter in named:
            out.append(named[letter])
        elif " " <= letter <= "~":
            out.append(letter)
        else:
            out += [f"\\x{byte:02x}" for byte in letter.encode()]
    return "".join(out)


def avro(request):
    """The record with all its fields, framed with the schema's id."""
    out = bytearray(b"\0" + struct.pack(">i", SCHEMA_ID))
    _string(out, request["id"])
    _optional(out, request["ts"])
    for name in ("method", "path", "query", "body"):
        _string(out, request[name])
    _optional(out, request["user_agent"])
    if request["status"] is None:
        _long(out, 0)
    else:
        _long(out, 1)
        _long(out, request["status"])
    _long(out, request["label"])
    _string(out, request["class"])
    return bytes(out)


def _long(out, value):
    value = (value << 1) ^ (value >> 63)
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _string(out, value):
    encoded = value.encode()
    _long(out, len(encoded))
    out += encoded


def _optional(out, value):
    if value is None:
        _long(out, 0)
    else:
        _long(out, 1)
        _string(out, value)


def numbers(libsvm_lines, path, width=30):
    """The 30 lexical features of each request as `{"x":[…]}`; the mean bytes of a record."""
    count = total = 0
    with open(path, "w") as out:
        for line in libsvm_lines:
            row = [0.0] * width
            for pair in line.split()[1:]:
                index, value = pair.split(":")
                row[int(index) - 1] = float(value)
            record = json.dumps({"x": row})
            out.write(record + "\n")
            count += 1
            total += len(record)
    return total / count
