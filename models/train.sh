#!/usr/bin/env bash
# Trains http-anomaly-1.model and http-anomaly-2.model anew and says how well they do.
# Needs swerve and liblinear-train in PATH (make models; deploy/install-packages.sh train).
# The generator is seeded and LIBLINEAR's coordinate descent too: the same machine and the same
# LIBLINEAR give the same files again.
set -euo pipefail
cd "$(dirname "$0")"

for tool in swerve liblinear-train liblinear-predict; do
    command -v "$tool" >/dev/null || {
        echo "$0: $tool is not in PATH; see models/README.md" >&2
        exit 1
    }
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Version 1 never saw five of the nine families of attacks.
swerve generate --records 6000 --seed 101 --without ssrf --without header-injection \
    --without template-injection --without scanner --without serialized >"$scratch/1.jsonl"
swerve generate --records 40000 --seed 202 >"$scratch/2.jsonl"
# Other seeds than those of the training, and than the demo's.
swerve generate --records 20000 --seed 909 >"$scratch/held-out.jsonl"
for part in 1 2 held-out; do
    swerve featurize featurizer.json "$scratch/$part.jsonl" >"$scratch/$part.svm"
done

# L1-regularised, squared hinge: most weights become 0. For the labels 1 and -1 LIBLINEAR writes
# "label 1 -1" whichever comes first, so a decision above 0 means attack.
liblinear-train -q -s 5 -c 1 -B 1 "$scratch/1.svm" http-anomaly-1.model
liblinear-train -q -s 5 -c 4 -B 1 "$scratch/2.svm" http-anomaly-2.model

sed 's/.*"class":"\([a-z-]*\)"}$/\1/' "$scratch/held-out.jsonl" >"$scratch/classes"
for version in 1 2; do
    model=http-anomaly-$version.model
    grep -qx 'label 1 -1' "$model" || {
        echo "$0: $model does not have the labels in the order 1 -1" >&2
        exit 1
    }
    echo "$model: $(grep -c '^-\?[0-9].*[1-9]' "$model") lines with a weight"
    liblinear-predict "$scratch/held-out.svm" "$model" "$scratch/predicted"
    paste "$scratch/classes" "$scratch/predicted" | awk '
        { seen[$1]++; if ($2 > 0) flagged[$1]++ }
        END { for (c in seen) printf "  %-20s %5d of %5d called an attack\n", c, flagged[c], seen[c] }
    ' | sort
done
