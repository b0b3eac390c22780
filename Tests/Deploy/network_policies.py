"""What the network policies of an overlay let through: who speaks with whom, at which port, and nothing
beside it. For kubernetes.py."""


def peer(rule):
    """A name for one end that a policy allows; None for one that it does not bound as these do."""
    if set(rule) == {"ipBlock"}:
        return f"addresses {rule['ipBlock']['cidr']}"
    if len(rule) == 1 and set(next(iter(rule.values()))) == {"matchLabels"}:
        kind, selector = next(iter(rule.items()))
        labels = selector["matchLabels"]
        said = labels.get("kubernetes.io/metadata.name") or labels.get("app.kubernetes.io/component") or next(
            f"{key}={value}" for key, value in labels.items())
        return f"{'pods' if kind == 'podSelector' else 'namespace'} {said}"
    return None


def allowed(overlay, labels, direction):
    """(peer, port) of all that the policies of the pods with these labels let through."""
    found, bounded = set(), False
    for policy in overlay.all("NetworkPolicy"):
        spec = policy["spec"]
        if not spec["podSelector"]["matchLabels"].items() <= labels.items():
            continue
        bounded |= direction in spec["policyTypes"]
        for rule in spec.get(direction.lower(), []):
            for end in rule.get("from" if direction == "Ingress" else "to") or [{}]:
                name = peer(end)
                overlay.need(name and rule.get("ports"),
                             f"NetworkPolicy {policy['metadata']['name']} lets all through: {rule}")
                found |= {(name, f"{port['port']}/{port['protocol']}") for port in rule.get("ports", [])}
    overlay.need(bounded, f"nothing bounds {direction} of {labels}")
    return found


NAMES = {("namespace kube-system", "53/UDP"), ("namespace kube-system", "53/TCP")}
HUB = ("pods hub", "9465/TCP")
ASKS_THE_HUB = {(who, "9465/TCP") for who in (
    "pods workers", "pods backup", "namespace monitoring", "namespace swerve/uses-hub=true")}


def check(overlay, brokers):
    """Against what each pod needs; `brokers` is how the overlay's policies name them."""
    needed = {
        "workers": (NAMES | {HUB, brokers}, {("namespace monitoring", "9464/TCP")}),
        "hub": (NAMES | {brokers}, ASKS_THE_HUB),
        "backup": (NAMES | {HUB, brokers}, set()),
    }
    for component, (out, into) in needed.items():
        labels = {"app.kubernetes.io/name": "swerve", "app.kubernetes.io/component": component}
        for direction, wanted in (("Egress", out), ("Ingress", into)):
            found = allowed(overlay, labels, direction)
            overlay.need(found == wanted, f"{component}, {direction}: let through and not needed "
                         f"{sorted(map(str, found - wanted))}, needed and held {sorted(map(str, wanted - found))}")
