"""What a bundle is put together from: tensors by name, and what is worth saying on the way."""

import numpy as np

from .errors import ExportError

# The reader's bound on a model file, less what the header may take.
TENSOR_BYTES_MAX = (512 << 20) - (16 << 20)


class Parts:
    """The tensors of one bundle, and the remarks that its user should see."""

    def __init__(self):
        self.tensors = {}
        self.remarks = []

    def note(self, remark):
        if remark not in self.remarks:
            self.remarks.append(remark)

    def add(self, name, values, dtype=np.float64):
        """Keeps an array, and gives the reference to it that a manifest holds."""
        name = self._fresh(name)
        array = np.ascontiguousarray(values, dtype=dtype)
        if dtype == np.float64 and not name.startswith("golden.") and not np.isfinite(array).all():
            raise ExportError(f"{name} has a number that is not finite", "fit it on finite data")
        if sum(kept.nbytes for kept in self.tensors.values()) + array.nbytes > TENSOR_BYTES_MAX:
            raise ExportError(
                f"{name} makes the bundle larger than {TENSOR_BYTES_MAX >> 20} MiB",
                "train with fewer features or support vectors",
            )
        self.tensors[name] = array
        return {"tensor": name}

    def add_strings(self, name, strings, first, second="offsets"):
        """Byte strings as one blob and the places where it is cut."""
        offsets = np.zeros(len(strings) + 1, dtype=np.int64)
        np.cumsum([len(string) for string in strings], out=offsets[1:])
        blob = np.frombuffer(b"".join(strings), dtype=np.uint8)
        return {
            first: self.add(f"{name}.{first}", blob, np.uint8),
            second: self.add(f"{name}.{second}", offsets, np.int64),
        }

    def prune(self, manifest):
        """Forgets the tensors that nothing in `manifest` refers to."""
        used = set()

        def look(value):
            if isinstance(value, dict):
                if isinstance(value.get("tensor"), str):
                    used.add(value["tensor"])
                for inner in value.values():
                    look(inner)
            elif isinstance(value, list):
                for inner in value:
                    look(inner)

        look(manifest)
        self.tensors = {name: self.tensors[name] for name in self.tensors if name in used}

    def _fresh(self, name):
        unique, number = name, 1
        while unique in self.tensors:
            number += 1
            unique = f"{name}.{number}"
        return unique
