"""A Kafka that is lost at once, and a fleet that goes on at a mirror whose offsets differ, by the
steps of docs/operations.md."""
import os
import signal
import subprocess
import time

from . import children, moves_fleet as fleets, moves_stream, processes
from .stage import MODEL

OLDER_RECORDS = 1_000
AFTER_SECONDS = 15
# What a refusal has to name: another record at the place of one that was read.
ASKED = "the committed offset"


def measure(field, delivery, lines):
    name = f"failover-{delivery}"
    field.say(f"{name}: {field.options.bootstrap} is killed")
    mirror_bootstrap = field.options.mirror
    fleet = fleets.Fleet(field, name, delivery, lines)
    course = fleets.Course("failover to a mirror", delivery)
    fleet.create_topics(mirror_bootstrap)
    source = fleet.topics["input"]
    moves_stream.older_records(mirror_bootstrap, source, fleets.PARTITIONS, OLDER_RECORDS)
    mirror = moves_stream.Mirror(
        fleet.bootstrap, mirror_bootstrap,
        {source: fleets.PARTITIONS, fleet.topics["control"]: 1}, fleet.group, source)
    there = fleet.reader(mirror_bootstrap)
    feed, here, calm = fleets.begin(fleet)

    killed = time.time()
    os.kill(field.options.broker_process, signal.SIGKILL)
    course.notes.append(f"{feed.redirect(mirror_bootstrap):,} records that the killed cluster had "
                        "not acknowledged were sent to the mirror again")
    mirror.stop()
    here.stop()
    fleet.bootstrap = mirror_bootstrap
    for host in fleet.hosts:
        host.child.terminate()
    began = time.time()
    codes = []
    for host in fleet.hosts:
        # A second signal would be "at once".
        codes.append(host.child.wait(90))
        children.forget(host.child)
        course.stops.append(time.time() - began)
        host.bootstrap = mirror_bootstrap
    course.notes.append(f"without their brokers the hosts ended with {codes[0]} and {codes[1]}")
    course.notes.append(_refusal(fleet.hosts[0]))
    for host in fleet.hosts:
        # The file that the message and the documentation name.
        for path in host.state.glob(f"{MODEL}.*.{fleet.group}.input.json"):
            path.unlink()
    pointed = time.time()
    for host in fleet.hosts:
        host.start()
    course.starts += [host.wait_ready() for host in fleet.hosts]
    time.sleep(AFTER_SECONDS)
    course.notes.append(fleets.promote(fleet, "this release, at the mirror", 2, fleet.executable))
    ended = time.time()
    feed.stop()
    fleets.await_answers(there, sum(1 for _ in feed.places[1]))
    _await_end(fleet, mirror_bootstrap)
    there.stop()
    there_answers, there_dead = fleet.answers(mirror_bootstrap)
    fleet.stop()
    _start_again(field)
    here_answers, here_dead = fleet.answers(field.options.bootstrap)
    course.close(_judge(
        feed, mirror, source, (here_answers, there_answers), here_dead + there_dead, (here, there),
        (calm, killed, pointed, ended)))
    return [course]


def _refusal(host):
    """What a host says that keeps its file, at the mirror."""
    logged = len(host.log.read_text())
    host.start()
    try:
        code = host.child.wait(60)
    except subprocess.TimeoutExpired:
        children.stop(host.child, 90)
        return "with its file in place a host did NOT stop and ask within 60 s"
    children.forget(host.child)
    said = host.log.read_text()[logged:]
    words = "and asked" if ASKED in said else f"WITHOUT asking: {said[-300:]}"
    return (
        f"with its file in place a host ended with {code} after {time.time() - host.began:.1f} s, "
        f"{words}")


def _await_end(fleet, bootstrap):
    """Until the group has committed the input's ends there, for a minute at most."""
    group = moves_stream.consumer(bootstrap, **{"group.id": fleet.group})
    places = [
        moves_stream.TopicPartition(fleet.topics["input"], number)
        for number in range(fleets.PARTITIONS)]
    ends = [group.get_watermark_offsets(place, 10)[1] for place in places]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if all(one.offset >= end for one, end in zip(group.committed(places, 10), ends)):
            break
        time.sleep(0.2)
    group.close()


def _start_again(field):
    """The killed cluster, so that what it has can be counted; its process may be another one."""
    command = field.options.start_again
    if not command:
        raise RuntimeError("the killed Kafka's outputs cannot be read without --start-again")
    children.run(["sh", "-c", command], 120)
    field.options.broker_process = processes.listener(
        int(field.options.bootstrap.rsplit(":", 1)[1]))


def _judge(feed, mirror, source, answers, dead, readers, times):
    """By the id of each record, over both clusters."""
    calm, killed, pointed, ended = times
    counts = {}
    for one in [*answers[0], *answers[1]]:
        counts[one.id] = counts.get(one.id, 0) + 1
    older = counts.pop(None, 0)
    # A record that only the lost cluster has, and that nobody answered there, is the mirror's loss.
    copied = {
        (partition, offset) for (topic, partition), (offsets, _) in mirror.maps.items()
        if topic == source for offset in offsets}
    missing = [number for number in range(feed.produced) if number not in counts]
    behind = [
        number for number in missing
        if number not in feed.places[1] and feed.places[0][number] not in copied]
    ages, calm_ages = [], []
    seen = set()
    for which in (0, 1):
        for one in answers[which]:
            arrived = readers[which].arrived.get((one.partition, one.offset))
            if one.id is None or arrived is None or one.id in seen:
                continue
            seen.add(one.id)
            due = feed.due(one.id)
            if calm <= due < ended:
                # What was out at the kill is no longer calm.
                (ages if arrived >= killed else calm_ages).append(arrived - due)
    first = [
        min((one.appended for one in answers[1] if one.partition == number), default=ended)
        for number in range(fleets.PARTITIONS)]
    last = [
        max((one.appended for one in answers[0] if one.partition == number), default=calm)
        for number in range(fleets.PARTITIONS)]
    steady = fleets.gaps(answers[0], calm, killed)
    return {
        "records": feed.produced, "lost": len(missing) - len(behind), "behind": len(behind),
        "dead": dead, "older": older, "twice": sum(count - 1 for count in counts.values()),
        "steady_s": max(steady.values()),
        "gap_s": max(b - a for a, b in zip(last, first)),
        "unserved_s": max(b - a - steady[n] for n, (a, b) in enumerate(zip(last, first))),
        "from_start_s": max(first) - pointed, "from_kill_s": max(first) - killed,
        "calm_p99_s": fleets.percentile(calm_ages, 99), "p50_s": fleets.percentile(ages, 50),
        "p99_s": fleets.percentile(ages, 99), "max_s": max(ages),
        "acknowledged_s": feed.slowest(killed + 1, ended)}
