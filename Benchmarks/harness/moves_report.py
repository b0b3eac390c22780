"""The table of Benchmarks/moves, what its columns mean, and whether each promise was kept."""
import os

from . import machine, moves_fleet as fleets, moves_stream

NO_OTHER = (
    "There is one release so far, so an upgrade by one release cannot be measured yet; with "
    "`--previous` an older executable stands in for the release before.")


def write(field, found, command):
    options = field.options
    where = "the development broker" if field.development else "a real Kafka"
    lines = [
        f"# Moves under load on {where}", "",
        f"Made by `{command}`. {options.rate:,} records/s in {fleets.PARTITIONS} partitions, "
        f"{fleets.HOSTS} `swerve serve` (hosts) of {fleets.SLOTS_PER_HOST} slots, a linear model "
        "of 2^18 byte n-grams; brokers, hosts, producer and reader share this machine.", ""]
    if options.quick:
        lines += ["**A smoke run (`--quick`): too small for figures.**", ""]
    lines += [f"- {name}: {value}" for name, value in machine.describe(field)]
    lines += [
        f"- load average of the last minute at the end of each run, and the share of its time in "
        f"which some process of the machine waited for one of {os.cpu_count()} cores: "
        + ", ".join(f"{course.load}" for course in found), "",
        "| what | delivery | records | lost | twice | longest time that a partition was unserved, "
        "s | the same in calm, s | p99 of age, ms | p99 in calm, ms | oldest, ms | the "
        "producer's slowest acknowledgement, ms |",
        "|---|---|---|---|---|---|---|---|---|---|---|"]
    lines += [_row(course) for course in found]
    lines += [
        "", "| what | delivery | stop of a host, s | its start until ready, s |",
        "|---|---|---|---|"]
    for course in found:
        cells = " | ".join(_spread(values) for values in (course.stops, course.starts))
        lines.append(f"| {course.name} | {course.delivery} | {cells} |")
    lines += ["", *_meaning(field, found)]
    lines += [f"- Not measured, since it did not come to its end: {one}" for one in field.failed]
    for course in found:
        for note in course.notes:
            lines.append(f"- {course.name}, {course.delivery}: {note}.")
    lines += ["", "| promise | reached | |", "|---|---|---|"]
    verdicts = list(_verdicts(found))
    lines += [f"| {promise} | {reached} | {word} |" for promise, reached, word in verdicts]
    name = "moves-development" if field.development else "moves-kafka"
    folder = field.root / "Benchmarks" / ("out" if options.quick else "")
    machine.publish(folder / f"results-{name}.md", lines, field.root)
    return not field.failed and all(word != "FAIL" for _, _, word in verdicts)


def _row(course):
    one = course.figures
    return (
        f"| {course.name} | {course.delivery} | {one['records']:,} | {one['lost']:,} | "
        f"{one['twice']:,} | {one['unserved_s']:.2f} | {one['steady_s']:.2f} | "
        f"{one['p99_s'] * 1e3:,.0f} | {one['calm_p99_s'] * 1e3:,.0f} | {one['max_s'] * 1e3:,.0f} | "
        f"{one['acknowledged_s'] * 1e3:,.0f} |")


def _spread(values):
    middle, low, high = machine.spread(values)
    return f"{middle:.2f} ({low:.2f} to {high:.2f}, {len(values)} times)"


def _meaning(field, found):
    stamp = (
        "the worker's producer took it" if field.development else "the broker appended it")
    yield (
        "- **Lost**: records that the brokers acknowledged, without a prediction or dead letter. "
        "**Twice**: predictions beyond the first of a record. Both read committed from the "
        "outputs' ends, by source partition and offset.")
    yield (
        "- **Unserved**: the largest pause between two predictions of one partition, by the time "
        f"at which {stamp}, from the first stop to the end of the feed, less the largest pause of "
        f"the same partition in {fleets.CALM_SECONDS} s of calm before; of the worst partition.")
    yield (
        "- **Age**: from the moment at which a record was due (a late producer counts against it) "
        "until a reader that waits, read committed, has its prediction; of the records due from "
        "the first stop on.")
    yield (
        "- **The producer's slowest acknowledgement** is from the moment at which a record was "
        "due, in the same time: what brokers and machine took without Swerve.")
    yield (
        "- **Restart**: SIGTERM, wait, start, wait for `/readyz`, "
        f"{fleets.PAUSE_SECONDS} s, next host; {field.options.rounds} rounds.")
    for course in found:
        one = course.figures
        if "behind" in one:
            yield (
                f"- {course.name}, {course.delivery}: by the records' own ids, over both clusters; "
                f"unserved is from the last prediction on the lost cluster to the first on the "
                f"mirror. All partitions were served {one['from_kill_s']:.2f} s after the kill and "
                f"{one['from_start_s']:.2f} s after the hosts were started at the mirror (steps "
                "followed each other at once: nobody had to notice first). "
                f"{one['behind']:,} records were on the lost cluster alone, not yet mirrored and "
                f"not answered: the mirror's loss. {one['older']:,} predictions of the mirror's "
                "older records. The group's offsets were copied every "
                f"{moves_stream.SYNC_SECONDS} s: what was answered after the last copy is "
                "answered again")
    if not any("upgrade" in course.name for course in found):
        yield f"- **Upgrade and downgrade**: not measured. {NO_OTHER}"
    else:
        yield (
            "- **Upgrade and downgrade**: there is one release so far; the release before is stood "
            f"for by an executable of commit {field.options.previous_commit or 'unknown'}.")


def _verdicts(found):
    for course in found:
        one = course.figures
        name = f"{course.name}, {course.delivery}"
        yield f"{name}: no record is lost", f"{one['lost']:,}", _word(one["lost"] == 0)
        # At least once a stop that takes longer than limits.drain_ms may bring some again, and no
        # transaction reaches over two clusters.
        if course.delivery == "exactly-once" and "behind" not in one:
            yield f"{name}: none is answered twice", f"{one['twice']:,}", _word(one["twice"] == 0)


def _word(is_met):
    return "PASS" if is_met else "FAIL"
