"""Writes attestation.json: package trees and signed manifests as a Python client hashes and signs them (WCP 4.4).

Each tree is made on disk and walked with pathlib, whose order is by component. Run by hand when a case is added:
python3 test/vectors/attestation.py > test/vectors/attestation.json
"""

import hashlib
import hmac
import json
import pathlib
import tempfile

EXCLUDED = {".git", "__pycache__", ".DS_Store", "manifest.json", "manifest.sig", "manifest.tmp"}

TREES = {
    "empty": {},
    "one file": {"worker.py": "print('hello')\n"},
    "orders differ": {"a/b": "1", "a-b": "2", "B": "3", "a": None, "b/c": "4", "b.c": "5", "\u00e9": "6", "z": "7"},
    "beyond the plane": {"\uffff": "1", "\U0001f600": "2", "\ue000/x": "3"},
    "excluded at any depth": {
        "src/main.py": "x",
        "src/main.pyc": "no",
        "src/__pycache__/main.cpython-312.pyc": "no",
        ".git/HEAD": "no",
        "deep/er/.DS_Store": "no",
        "deep/er/manifest.json": "no",
        "manifest.json": "no",
        "manifest.sig": "no",
        "vendor/manifest.tmp": "no",
        "manifest.jsonl": "yes",
    },
}

def files_of(root: pathlib.Path):
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.is_file() and path.suffix != ".pyc" and not EXCLUDED & set(relative.parts):
            yield relative.as_posix(), path.read_bytes()


def package_hash(files) -> str:
    digest = hashlib.sha256()
    for name, data in files:
        digest.update(f"{name}\n{len(data)}\n{hashlib.sha256(data).hexdigest()}\n".encode())
    return digest.hexdigest()


def tree_case(name: str, tree: dict) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, text in tree.items():
            if text is not None:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
        by_component = list(files_of(root))
    by_bytes = sorted(by_component, key=lambda file: file[0].encode())
    every = [[path, text] for path, text in tree.items() if text is not None]
    return {
        "name": name,
        "files": every,
        "bytewise": package_hash(by_bytes),
        "component": package_hash(by_component),
    }


SECRET = "a shared secret of the namespace"


def manifest_case(change: dict) -> dict:
    manifest = {
        "schema_version": "awp.v1",
        "worker_id": "org.acme.summarizer",
        "worker_species_id": "wrk.doc.summarizer",
        "worker_version": "1.4.0",
        "package_hash": "ab" * 32,
        "built_at_utc": "2026-11-02T09:00:00+00:00",
        "attested_at_utc": "2026-11-02T09:05:00Z",
        "build_source": "ci",
        "trust_statement": "built from a clean checkout",
        **change,
    }
    bound = {k: v for k, v in manifest.items() if k not in ("attested_at_utc", "trust_statement")}
    text = json.dumps(bound, sort_keys=True, separators=(",", ":"))
    manifest["signature_hmac_sha256"] = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    return {"manifest": json.dumps(manifest), "signed": text}


def main() -> None:
    trees = [tree_case(name, tree) for name, tree in TREES.items()]
    changes = [{}, {"worker_version": "1.4.0-\u00fc\U0001f600\u007f"}, {"build_number": 7, "ratio": 1.0, "flags": [True, None]}]
    manifests = [manifest_case(change) for change in changes]
    print(json.dumps({"clause": "WCP 4.4", "secret": SECRET, "trees": trees, "manifests": manifests}, indent=2))


main()
