"""Restarts of a fleet host by host, and its upgrade and downgrade, under load; the failover has a
file of its own. What is measured is said in `moves_report.py`."""
import json
import subprocess
import time

from . import children, moves_failover
from .moves_fleet import (
    CALM_SECONDS, PAUSE_SECONDS, Course, Fleet, await_answers, begin, gaps, percentile, promote)

ALO = ("at-least-once", ())
EO = ("exactly-once", ("delivery: exactly-once",))


def measure(field):
    """The courses of all parts that are wanted; what did not come to its end is told apart."""
    ways = [ALO] if field.development else [ALO, EO]
    plans = []
    if field.wants("restart"):
        plans += [(_restart, *way) for way in ways]
        plans.append((_restart, "at-least-once", ("assignment: dynamic",), "dynamic"))
    if field.wants("failover") and field.options.mirror:
        plans += [(moves_failover.measure, *way) for way in ways]
    if field.wants("upgrade") and field.options.previous:
        plans.append((_upgrade,))
    found = []
    for plan, *arguments in plans:
        try:
            courses = plan(field, *arguments)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            field.failed.append(f"{plan.__name__.strip('_')} {arguments[:1]}: {error}")
            field.say(field.failed[-1])
            children.stop_all()
            continue
        for course in courses:
            field.say(f"{course.name}, {course.delivery}: {json.dumps(course.figures)}")
        found += courses
    if not found:
        raise RuntimeError("no part came to its end")
    return found


def _restart(field, delivery, lines, assignment="static"):
    name = f"restart-{assignment}-{delivery}"
    field.say(f"{name}: {field.options.rounds} rounds of both hosts")
    fleet = Fleet(field, name, delivery, lines)
    course = Course(f"rolling restart, `assignment: {assignment}`", delivery)
    feed, reader, calm = begin(fleet)
    moved = time.time()
    for _ in range(field.options.rounds):
        for host in fleet.hosts:
            stopped, started = host.restart()
            course.stops.append(stopped)
            course.starts.append(started)
            time.sleep(PAUSE_SECONDS)
    end(fleet, course, feed, reader, calm, moved)
    return [course]


def end(fleet, course, feed, reader, calm, moved):
    ended = time.time()
    feed.stop()
    await_answers(reader, feed.produced)
    reader.stop()
    answers, dead = fleet.answers()
    fleet.stop()
    course.close(judge(feed, reader, answers, dead, calm, moved, ended))


def judge(feed, reader, answers, dead, calm, moved, ended, window=None):
    """By source partition and offset: what was lost, what came twice, gaps and ages.

    Of the records that were due in the window; of all without.
    """
    everything = {place for place in feed.places[0].values()}
    strangers = [one for one in answers if one.source not in everything]
    if strangers:
        raise RuntimeError(f"{len(strangers)} predictions of records that were not produced")
    places = {
        place: number for number, place in feed.places[0].items()
        if not window or window[0] <= feed.due(number) < window[1]}
    answers = [one for one in answers if one.source in places]
    counts = {}
    for one in answers:
        counts[one.source] = counts.get(one.source, 0) + 1
    calm_ages, ages = [], []
    for one in answers:
        due = feed.due(places[one.source])
        arrived = reader.arrived.get((one.partition, one.offset))
        if arrived is not None and calm <= due < ended:
            (ages if due >= moved else calm_ages).append(arrived - due)
    steady = gaps(answers, calm, moved)
    moving = gaps(answers, moved, ended)
    return {
        "records": len(places), "lost": len(places) - len(counts) - dead, "dead": dead,
        "twice": sum(count - 1 for count in counts.values()),
        "steady_s": max(steady.values()), "gap_s": max(moving.values()),
        "unserved_s": max(moving[one] - steady[one] for one in moving),
        "calm_p99_s": percentile(calm_ages, 99), "p50_s": percentile(ages, 50),
        "p99_s": percentile(ages, 99), "max_s": max(ages),
        "acknowledged_s": feed.slowest(moved, ended)}


def _upgrade(field):
    """The previous release is replaced host by host under load, and comes back the same way."""
    older, newer = field.options.previous.resolve(), field.build / "swerve"
    field.say("upgrade, and downgrade")
    fleet = Fleet(field, "upgrade", "at-least-once", (), older)
    feed, reader, calm = begin(fleet)
    courses = []
    for name, executable in (("upgrade", newer), ("downgrade", older)):
        course = Course(f"{name} by one release", "at-least-once")
        course.calm, course.moved = calm, time.time()
        for host in fleet.hosts:
            host.executable = executable
            stopped, started = host.restart()
            course.stops.append(stopped)
            course.starts.append(started)
            time.sleep(PAUSE_SECONDS)
            if host.number == 0 and executable is newer:
                course.notes.append(promote(fleet, "the older release, of both", 2, older))
        if executable is newer:
            course.notes.append(promote(fleet, "the newer release", 1, newer))
        else:
            course.notes.append(promote(fleet, "the older release, after the way back", 2, older))
        course.ended = time.time()
        courses.append(course)
        calm = time.time()
        time.sleep(CALM_SECONDS)
    feed.stop()
    await_answers(reader, feed.produced)
    reader.stop()
    answers, dead = fleet.answers()
    fleet.stop()
    for course in courses:
        course.close(judge(
            feed, reader, answers, dead, course.calm, course.moved, course.ended,
            (course.calm, course.ended)))
    return courses
