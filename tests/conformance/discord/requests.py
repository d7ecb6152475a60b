"""Holds every recorded request of a ledger against Discord's own description of its interface.

    requests.py <openapi.json> <ledger.jsonl> ...
    requests.py --self-test <openapi.json>

The description is Discord's (repository discord/discord-api-spec) and not part of this project, so this is a script of its own and no
step of the tests. It needs the package jsonschema. Known looseness of the real service is allowed for: a bit set may be a number.
"""

import json
import sys

import jsonschema


class Description:
    """Operations of the description, and validators of their bodies."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as text:
            self.document = json.load(text)
        self.validators = {}

    def operation(self, method, path):
        """The operation with the most literal words that fits."""
        parts = path.strip("/").split("/")
        best = None
        for pattern, operations in self.document["paths"].items():
            words = pattern.strip("/").split("/")
            if len(words) != len(parts) or method.lower() not in operations:
                continue
            if all(word.startswith("{") or word == part for word, part in zip(words, parts)):
                literal = sum(word == part for word, part in zip(words, parts))
                if best is None or literal > best[0]:
                    best = (literal, pattern, operations[method.lower()])
        return best[1:] if best else (None, None)

    def check(self, method, path, body):
        """Faults of a request, as sentences."""
        pattern, operation = self.operation(method, path.replace("%40", "@"))
        if operation is None:
            return [f"there is no operation {method} {path}"]
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if schema is None:
            return [] if body is None else [f"{method} {pattern} takes no body"]
        if body is None:
            return [f"{method} {pattern} needs a body"] if operation["requestBody"].get("required") else []
        key = (method, pattern)
        if key not in self.validators:
            whole = {"allOf": [schema], "components": self.document["components"]}
            self.validators[key] = jsonschema.Draft202012Validator(whole)
        found = sorted(self.validators[key].iter_errors(body), key=lambda error: list(error.path))
        return [f"{method} {pattern}: at {'/'.join(map(str, error.path)) or '/'}: {deepest(error)}" for error in found[:3]]


def deepest(error):
    """Of alternatives that all fail, the reason that lies deepest."""
    while error.context:
        error = max(error.context, key=lambda one: len(one.path))
    return error.message[:300]


def loosened(body):
    """Bit sets as the service takes them: numbers too."""
    if isinstance(body, dict):
        keys = {"default_member_permissions"}
        return {key: int(value) if key in keys and isinstance(value, str) else loosened(value) for key, value in body.items()}
    if isinstance(body, list):
        return [loosened(one) for one in body]
    return body


def self_test(description):
    """Wrong requests are seen, right ones pass."""
    message = "/channels/1/messages"
    right = {"content": "x", "allowed_mentions": {"parse": []}, "nonce": "n", "enforce_nonce": True}
    assert not description.check("POST", message, right), description.check("POST", message, right)
    button = {"type": 2, "style": 1, "label": "Go", "custom_id": "a" * 101}
    for wrong in ({"embeds": [{}] * 11}, {"components": [{"type": 1, "components": [button]}]}, {"content": "x", "nonce": "n" * 26}):
        assert description.check("POST", message, wrong), wrong
    assert description.check("POST", "/nothing", {})
    print("requests: the judge sees what is wrong")


def main(arguments):
    if arguments[:1] == ["--self-test"]:
        self_test(Description(arguments[1]))
        return 0
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    description = Description(arguments[0])
    counted, wrong = 0, []
    for path in arguments[1:]:
        with open(path, encoding="utf-8") as lines:
            entries = [json.loads(line) for line in lines]
        for entry in entries:
            # What the service itself refused is no good example.
            if entry.get("kind") != "call":
                continue
            counted += 1
            body = loosened(entry["body"])
            for fault in description.check(entry["http_method"], entry["path"], body):
                wrong.append(f"{path}:{entry['seq']}: {fault}")
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"requests: {counted} held against the description, {len(wrong)} faults")
    if counted == 0:
        print("requests: the ledger holds no request", file=sys.stderr)
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
