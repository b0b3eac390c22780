"""The reference pickles and their vectors, which live outside the repository."""

import json
import os
import sys
from pathlib import Path

import joblib
import pytest
from conftest import Swerve, assert_same, needs_swerve, number

from swerve_export import export

SHARED = Path(
    os.environ.get("SWERVE_SHARED") or Path(__file__).resolve().parents[4] / "shared"
)
FOLDER = SHARED / "conformance"
PICKLES = sorted(path.stem for path in FOLDER.glob("joblib/*.joblib"))
pytestmark = [
    needs_swerve,
    pytest.mark.skipif(
        not PICKLES, reason="the shared reference data is absent; set SWERVE_SHARED"
    ),
]


def lines(name):
    with open(FOLDER / "vectors" / name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.mark.parametrize("name", PICKLES or ["none"])
def test_pickle(name, tmp_path):
    sys.path.insert(0, str(FOLDER / "reference"))
    try:
        model = joblib.load(FOLDER / "joblib" / f"{name}.joblib")
    finally:
        sys.path.pop(0)
    export(model, tmp_path / "m.safetensors")
    swerve = Swerve(tmp_path)
    version = swerve.register(tmp_path / "m.safetensors")
    vectors = lines(f"{name}.jsonl")
    is_text = "hv" in name or "tfidf" in name
    inputs = {line["id"]: line for line in lines(f"inputs_{'text' if is_text else 'num'}.jsonl")}
    key = "text_b64" if is_text else "x"
    documents = [{"id": v["id"], key: inputs[v["id"]][key]} for v in vectors]
    is_refused = any("error" in vector for vector in vectors)
    scored = swerve.score(version, documents, code=int(is_refused))
    assert [line["id"] for line in scored] == [vector["id"] for vector in vectors]
    for vector, line in zip(vectors, scored):
        assert ("error" in vector) == ("error" in line), f"{vector} {line}"
    pairs = [(v, line) for v, line in zip(vectors, scored) if "error" not in v]
    probabilities = None
    if "proba" in pairs[0][0]:
        probabilities = [v["proba"][1] if len(v["proba"]) == 2 else v["proba"] for v, _ in pairs]
    largest = assert_same(
        [line for _, line in pairs],
        [[number(value) for value in v["decision"]] for v, _ in pairs],
        [v["label"] for v, _ in pairs], probabilities,
    )
    refused = len(vectors) - len(pairs)
    print(f"\n{name}: {len(pairs)} vectors, {refused} refused by both, largest {largest:.1e}")
