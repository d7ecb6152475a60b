"""Recomputes the timeline's hash chains from the stored columns: docs/architecture.md and RFC 8785 are the only sources.

For the values that occur (text, whole numbers, null, lists, objects with ASCII names) canonical JSON is: names sorted, no spaces,
nothing escaped but what JSON demands. A fraction would need RFC 8785's own way of printing numbers, so it is refused here.
"""

import hashlib
import json

GENESIS = "0" * 64


def canonical(value):
    """Canonical JSON of a value."""
    _refuse_fractions(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _refuse_fractions(value):
    if isinstance(value, float):
        raise ValueError(f"{value} is a fraction; this checker knows whole numbers only")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _refuse_fractions(inner)


def sha256(data):
    """Lower-case hex SHA-256."""
    return hashlib.sha256(data).hexdigest()


def entry_hash(entry):
    """The hash of an entry, from its columns."""
    sealed = {
        "v": 1,
        "stream": entry["stream"],
        "seq": entry["seq"],
        "prev_hash": entry["prev_hash"],
        "recorded_at": entry["recorded_at"],
        "effective_at": entry["effective_at"],
        "actor": entry["actor"],
        "kind": entry["kind"],
        "origin": json.loads(entry["origin"]),
        "policy": entry["policy"],
        "payload_hash": entry["payload_hash"],
    }
    return sha256(canonical(sealed).encode())


def payload_hash(payload):
    """The hash of a payload, from its columns."""
    text = canonical(json.loads(payload["json"]))
    return sha256(bytes.fromhex(payload["salt"]) + text.encode())


def problems(record):
    """Everything that is wrong with the timeline, as sentences."""
    payloads = {(row["stream"], row["seq"]): row for row in record.rows("timeline_payload")}
    redacted = {(row["stream"], row["seq"]) for row in record.rows("redaction")}
    heads = {row["stream"]: row for row in record.rows("timeline_head")}
    streams = {}
    for row in record.rows("timeline"):
        streams.setdefault(row["stream"], []).append(row)
    for stream in sorted(set(streams) | set(heads)):
        last, hash_before = 0, GENESIS
        for row in sorted(streams.get(stream, []), key=lambda row: row["seq"]):
            name = f"entry {row['seq']} of {stream}"
            if row["seq"] != last + 1:
                yield f"{name} follows entry {last}: the stream has a gap"
            if row["prev_hash"] != hash_before:
                yield f"{name} does not point at the hash of the entry before"
            if row["hash"] != entry_hash(row):
                yield f"{name} was changed: its hash does not fit its columns"
            yield from _payload_problems(name, row, payloads.pop((stream, row["seq"]), None), redacted)
            last, hash_before = row["seq"], row["hash"]
        head = heads.get(stream)
        if head is None:
            yield f"{stream} has no head"
        elif (head["seq"], head["hash"]) != (last, hash_before):
            yield f"the head of {stream} says entry {head['seq']}, the stream ends with entry {last}"
    for stream, seq in sorted(payloads):
        yield f"payload {seq} of {stream} has no entry"


def _payload_problems(name, row, payload, redacted):
    if payload is None:
        if (row["stream"], row["seq"]) not in redacted:
            yield f"{name} has lost its payload, and no redaction allows that"
        return
    if payload_hash(payload) != row["payload_hash"]:
        yield f"{name} was changed: its payload does not fit its hash"
    if json.loads(payload["json"]).get("kind") != row["kind"]:
        yield f"{name} says it is {row['kind']}, its payload says otherwise"
