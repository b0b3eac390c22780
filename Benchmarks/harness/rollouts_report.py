"""The report of Benchmarks/rollouts."""
from harness import machine

# At most 1 % of the rollouts of versions that are alike may be rolled back.
FALSE_SHARE = 0.01


def write(field, facts, found, command):
    rows = "\n".join(_row(name, document) for name, document in found)
    target, is_met = _target(found)
    kinds = facts["rows"]
    normal = [(old, new) for kind, old, new in kinds if kind == "normal"]
    attacks = [(old, new) for kind, old, new in kinds if kind == "attack"]
    text = f"""# Rollouts by the standard plan, simulated on real requests

`{command}`

| | |
|---|---|
{chr(10).join(f"| {name} | {value} |" for name, value in machine.describe(field)
              if not name.startswith("load"))}

The judge and the controller are those that `swerve rollout run` runs, tick by tick; the clock, the fleet of two
slots and the stream are simulated. What they are made of:

- **Requests**: {len(normal):,} normal ones and {len(attacks):,} attacks of CSIC 2010 that neither model was trained on. The stable
  version alerts on {_share(normal, 0)} of the normal ones and {_share(attacks, 0)} of the attacks, the other model on {_share(normal, 1)} and
  {_share(attacks, 1)}; on {_differ(kinds)} of all requests they differ.
- **Arrivals**: {len(facts["visits"]):,} visits of clients of a real site's log and {len(facts["scans"]):,} scans of real scanners, second by second
  (the longest has {max(facts["visits"]):,} and {max(facts["scans"]):,} requests). A visit takes requests that follow one another in the data, so
  that what is alike comes together. The log's site is there as often as {field.given.rate:,.0f} records a second need, with its hours of
  the day; scanners send {field.given.attack_share:.0%} of the records, all of a scan under one key.
- The standard plan; rollouts begin at any hour. One that is held waits for a person, and is counted as undecided.
- Seeds {field.given.seed} and following: the same figures on every machine.

| candidate | rollouts | promoted | rolled back | undecided | median time to the promotion | to the rollback | records compared until then |
|---|---:|---:|---:|---:|---:|---:|---:|
{rows}

Times are simulated, from the start. What waits, waits for `alerts-up`: with all of a scan's alerts under one key, a few scans are
most of what the stable version calls bad, and say little (the design effect). The same model waits longest, since nothing
flips and the scans are all that varies; nothing is proven wrongly meanwhile, and a person sees the forecast.

Why rollouts were rolled back or held:

{_reasons(found)}

{target}
"""
    (field.root / "Benchmarks" / "results-rollouts.md").write_text(text, encoding="utf-8")
    return is_met


def _share(rows, place):
    return f"{sum(row[place] for row in rows) / len(rows):.2%}"


def _differ(rows):
    return f"{sum(old != new for _, old, new in rows) / len(rows):.2%}"


def _row(name, document):
    ends = document["ends"]
    good, bad = ends["completed"], [ends["rolled_back"], ends["rolled_back_late"]]
    backs = sum(end["count"] for end in bad)
    late = f" ({bad[1]['count']} of them in the bake)" if bad[1]["count"] else ""
    told = good if good["count"] else bad[0]
    return (f"| {name} | {document['rollouts']:,} | {good['count']:,} | {backs:,}{late} | "
            f"{ends['held']['count']:,} | {_time(good['seconds'])} | {_time(bad[0]['seconds'])} | "
            f"{_number(told['pairs'])} |")


def _time(quantiles):
    if not quantiles:
        return "–"
    minutes = quantiles[1] / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _number(quantiles):
    return f"{quantiles[1]:,.0f}" if quantiles else "–"


def _reasons(found):
    lines = []
    for name, document in found:
        told = [f"{end.replace('_', ' ')}: " + ", ".join(
            f"{why or '?'} {count}" for why, count in sorted(document["ends"][end]["why"].items()))
            for end in ("rolled_back", "rolled_back_late", "held")
            if document["ends"][end]["count"]]
        if told:
            lines.append(f"- {name}: " + "; ".join(told))
    return "\n".join(lines) or "- none"


def _target(found):
    """Whether versions that are alike are left alone, and the others found."""
    lines, is_met = [], True
    for name, document in found[:2]:
        ends = document["ends"]
        backs = ends["rolled_back"]["count"] + ends["rolled_back_late"]["count"]
        is_good = backs <= FALSE_SHARE * document["rollouts"]
        is_met = is_met and is_good
        lines.append(f"- {'PASS' if is_good else 'FAIL'}: {name}: {backs} of "
                     f"{document['rollouts']:,} rolled back, at most {FALSE_SHARE:.0%}")
    for name, document in (found[2], found[3], found[5]):
        missed = document["ends"]["completed"]["count"]
        is_good = missed == 0
        is_met = is_met and is_good
        lines.append(f"- {'PASS' if is_good else 'FAIL'}: {name}: {missed} of "
                     f"{document['rollouts']:,} promoted, none may be")
    return "\n".join(lines), is_met
