"""Checks every block list and view of emulator ledgers with slack_sdk's own validators.

validate_blocks.py <ledger.jsonl> ...     or     validate_blocks.py --self-test
"""

import copy
import json
import sys

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View


def walk(block):
    """A block and every part of it that has rules of its own."""
    yield block
    for key in ("elements", "options", "fields"):
        for part in getattr(block, key, None) or []:
            if hasattr(part, "to_dict") and hasattr(part, "type"):
                yield part
    for key in ("accessory", "element", "text", "label"):
        part = getattr(block, key, None)
        if hasattr(part, "to_dict") and hasattr(part, "type"):
            yield part


def faults_of_blocks(blocks):
    """What is wrong with a block list."""
    if not isinstance(blocks, list) or not blocks:
        return ["not a list of blocks"]
    found = []
    if len(blocks) > 50:
        found.append(f"{len(blocks)} blocks in a message")
    for index, raw in enumerate(blocks):
        kind = raw.get("type")
        parsed = Block.parse(copy.deepcopy(raw))
        if parsed is None or type(parsed) is Block:
            found.append(f"block {index} of type {kind!r} is unknown to slack_sdk")
            continue
        for part in walk(parsed):
            try:
                # Reading back validates all that is inside, and shows what the SDK did not understand.
                if part.to_dict().get("type", "") != getattr(part, "type", ""):
                    found.append(f"block {index} ({kind}): {part} reads back as something else")
            except SlackObjectFormationError as error:
                found.append(f"block {index} ({kind}): {error}")
    return found


def faults_of_view(view):
    """What is wrong with a view."""
    try:
        View(**copy.deepcopy(view)).to_dict()
    except (SlackObjectFormationError, TypeError) as error:
        return [str(error)]
    found = []
    blocks = view.get("blocks") or []
    for start in range(0, len(blocks), 50):
        found += faults_of_blocks(blocks[start : start + 50])
    return found


def check(entry):
    """What is wrong with an entry, and how many things were looked at."""
    found, looked_at = [], 0
    if entry.get("blocks"):
        looked_at += 1
        found += faults_of_blocks(entry["blocks"])
    if entry.get("view"):
        looked_at += 1
        found += faults_of_view(entry["view"])
    return found, looked_at


def self_test():
    """The check must catch what it is there to catch."""

    def plain(length):
        return {"type": "plain_text", "text": "x" * length}

    def modal(**change):
        return {"view": {"type": "modal", "title": plain(1), "blocks": [{"type": "divider"}], **change}}

    def button(**change):
        return {"type": "button", "action_id": "a", "text": plain(1), "value": "v", **change}

    good = [
        {"blocks": [{"type": "section", "text": plain(3000)}]},
        {"blocks": [{"type": "actions", "elements": [button()]}]},
        modal(title=plain(24)),
    ]
    bad = {
        "section of 3001": {"blocks": [{"type": "section", "text": plain(3001)}]},
        "header of 151": {"blocks": [{"type": "header", "text": plain(151)}]},
        "26 elements": {"blocks": [{"type": "actions", "elements": [button(action_id=str(n)) for n in range(26)]}]},
        "button value of 2001": {"blocks": [{"type": "actions", "elements": [button(value="v" * 2001)]}]},
        "51 blocks": {"blocks": [{"type": "divider"}] * 51},
        "unknown block": {"blocks": [{"type": "sektion"}]},
        "title of 25": modal(title=plain(25)),
        "101 blocks in a view": modal(blocks=[{"type": "divider"}] * 101),
        "metadata of 3001": modal(private_metadata="m" * 3001),
    }
    for entry in good:
        if check(entry)[0]:
            sys.exit(f"the check refuses what is right: {check(entry)[0]}")
    for name, entry in bad.items():
        if not check(entry)[0]:
            sys.exit(f"the check misses: {name}")
    print(f"  ok  {len(bad)} kinds of fault are caught")


def main(paths):
    looked_at, wrong = 0, 0
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                entry = json.loads(line)
                if entry.get("kind") != "write":
                    continue
                found, count = check(entry)
                looked_at += count
                for one in found:
                    wrong += 1
                    print(f"{path}:{number}: {entry.get('method')}: {one}", file=sys.stderr)
    if wrong:
        sys.exit(f"{wrong} faults in {looked_at} block lists and views")
    if looked_at == 0:
        sys.exit("there was nothing to check: no ledger holds a block list or view")
    print(f"  ok  {looked_at} block lists and views")


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    elif len(sys.argv) > 1:
        main(sys.argv[1:])
    else:
        sys.exit(__doc__)
