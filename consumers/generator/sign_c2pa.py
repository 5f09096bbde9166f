#!/usr/bin/env python3
"""Signs the FLAC and the MP3 of a composed piece as C2PA (Content Credentials) has it, beside Segue's own record.

    consumers/generator/sign_c2pa.py RECORD --certificate CHAIN.pem --key KEY.pem --out DIR

RECORD is the piece's .provenance.json; its files lie beside it. The copies in DIR carry a manifest that says that a
program made them, of what, and holds the record word for word; a changed byte of their sound breaks it. The chain
goes from the signer's certificate (extended key usage emailProtection or documentSigning) to its issuer, without a
root; the key is its ES256 key. A certificate of one's own making verifies as of an issuer whom no list of trust names.

Needs c2pa-python from PyPI. Prints one JSON line a file.
Example: consumers/generator/sign_c2pa.py calm-jazz.provenance.json --certificate chain.pem --key key.pem --out signed
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

SOUNDS = {"audio/flac", "audio/mpeg"}


class Unusable(Exception):
    """Something given cannot be used; in one line."""


def record_in(path: Path) -> dict:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        record["record"]["files"]
        return record
    except (OSError, ValueError, KeyError, TypeError) as why:
        raise Unusable(f"{path} cannot be read as a record: {why}") from None


def manifest_of(record: dict, name: str) -> dict:
    """The text of the file's manifest: made by a program, of these ingredients, and the record itself."""
    made = record["record"]
    created = {
        "action": "c2pa.created",
        "digitalSourceType": made["digital_source_type"],
        "softwareAgent": {"name": "Segue"},
        "parameters": {"ai_disclosure": made["ai_disclosure"], "licence": made["licence"]},
    }
    return {
        "claim_generator_info": [{"name": "Segue"}],
        "title": name,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
            {"label": "org.segue.provenance", "data": record},
        ],
    }


def sounds_of(record: dict, folder: Path) -> list[tuple[Path, str]]:
    """Its sound files with their media types, as they were signed: a changed one gets no second signature."""
    found = []
    for file in record["record"]["files"]:
        if file["media_type"] not in SOUNDS:
            continue
        path = folder / file["name"]
        try:
            right = hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]
        except OSError as why:
            raise Unusable(f"{path} cannot be read: {why.strerror}") from None
        if not right:
            raise Unusable(f"{path} is not the file that the record names: it was changed")
        found.append((path, file["media_type"]))
    return found


def sign(record_path: Path, certificate: Path, key: Path, out: Path) -> list[Path]:
    try:
        import c2pa
    except ImportError:
        raise Unusable("c2pa-python is missing: pip install c2pa-python") from None
    record = record_in(record_path)
    out.mkdir(parents=True, exist_ok=True)
    if out.resolve() == record_path.parent.resolve():
        raise Unusable(f"{out} holds the pieces themselves: name another folder, for the signed copies")
    signed = []
    try:
        info = c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, certificate.read_bytes(), key.read_bytes(), None)
        signer = c2pa.Signer.from_info(info)
        for path, media_type in sounds_of(record, record_path.parent):
            builder = c2pa.Builder(json.dumps(manifest_of(record, path.name)))
            unfinished = out / f"{path.name}.part"
            with path.open("rb") as source, unfinished.open("w+b") as copy:
                builder.sign(signer, media_type, source, copy)
            signed.append(unfinished.rename(out / path.name))
    except (OSError, c2pa.C2paError) as why:
        raise Unusable(f"nothing was signed: {' '.join(str(why).split())}") from None
    return signed


def main() -> int:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("record", type=Path)
    for name in ("certificate", "key", "out"):
        flags.add_argument(f"--{name}", type=Path, required=True)
    options = flags.parse_args()
    try:
        for path in sign(options.record, options.certificate, options.key, options.out):
            print(json.dumps({"signed": str(path)}))
    except Unusable as why:
        print(f"sign_c2pa.py: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
