"""What the two ledgers say, put in order: what the people at their clients saw, and what Slack's stand-in wrote down.

The client's ledger is written by the load generator, one JSON object a line:
  {"kind": "told", "token": t, "number": "SE-2026-0001", "user": u}   the person read a case number for the report with token t
  {"kind": "unconfirmed", "token": t}                                  the person read that storing was not confirmed
  {"kind": "confirmed", "entry": "taken", "number": n, "user": u}      a press that was answered without an error
  {"kind": "accepted", "wire_sha256": h}                               a delivery with these bytes was answered 200
  {"kind": "crash", "how": h}                                          the bot died, or was paused past its lease
The stand-in's ledger holds "delivery", "ack", "write" and "refused" entries (src/emulator/ledger.rs).
"""

import json
import re

NUMBER = re.compile(r"SE-\d{4}-\d{4,}")
TOKEN = re.compile(r"tok-[0-9a-z]+(?:-[0-9a-z]+)*")


class Books:
    """Both ledgers."""

    def __init__(self, client, emulator, not_confirmed, not_reports):
        self.client = client
        self.emulator = emulator
        self.not_confirmed = not_confirmed
        self.not_reports = not_reports
        self.crashes = sum(1 for line in client if line["kind"] == "crash")
        self.writes = [line for line in emulator if line["kind"] == "write"]
        self.posts = [line for line in self.writes if line.get("method") == "chat.postMessage"]
        self.deliveries = {line["delivery"]: line for line in emulator if line["kind"] == "delivery"}
        self.acknowledged = [
            (self.deliveries[line["delivery"]], line)
            for line in emulator
            if line["kind"] == "ack" and line["outcome"] == "acknowledged" and line["delivery"] in self.deliveries
        ]

    def numbers_shown(self):
        """Every case number that anybody could read, with where."""
        for line in self.client:
            if line.get("number"):
                yield line["number"], f"the client's {line['kind']}"
        for line in self.emulator:
            if line["kind"] == "write":
                where, shown = line.get("method"), [line.get("text"), line.get("blocks")]
            elif line["kind"] == "ack":
                where, shown = f"the answer to {line['delivery']}", line.get("answer")
            else:
                continue
            for number in set(NUMBER.findall(json.dumps(shown, ensure_ascii=False))):
                yield number, where

    def accepted_commands(self):
        """Reports by slash command that were acknowledged without saying "not confirmed": (token, number shown or None, delivery)."""
        for delivery, ack in self.acknowledged:
            if delivery["surface"] != "command":
                continue
            text = delivery["payload"].get("text", "")
            token = TOKEN.search(text)
            answer = json.dumps(ack.get("answer"), ensure_ascii=False)
            if not token or text.strip() in self.not_reports or self.says_not_confirmed(answer):
                continue
            number = NUMBER.search(answer)
            yield token.group(), number and number.group(), delivery["delivery"]

    def accepted_reactions(self, emoji):
        """Reactions from the reporting set that were acknowledged: (user, channel, ts)."""
        for delivery, _ in self.acknowledged:
            event = delivery["payload"].get("event", {}) if delivery["surface"] == "event" else {}
            if event.get("type") == "reaction_added" and event.get("reaction") in emoji:
                item = event.get("item", {})
                yield event.get("user"), item.get("channel"), item.get("ts")

    def says_not_confirmed(self, answer):
        """Whether an answer tells that storing was not confirmed."""
        return any(words.lower() in answer.lower() for words in self.not_confirmed)


def key_of(post):
    """The row that a message's hidden metadata names: the key is the row's id and, after a colon, for which time it is sent."""
    payload = (post.get("metadata") or {}).get("event_payload") or {}
    return [str(value).rsplit(":", 1)[0] for value in payload.values()]
