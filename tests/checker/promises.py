"""The promises, one function each: it yields what is broken, as sentences. Nothing here writes, and nothing here trusts the product.

Assumes that the bot was drained and stopped before: what is still on its way then has been lost on the way.
"""

import collections
import json
import re

import chain
from books import TOKEN, key_of

TOLD = ("accepted", "delivered", "read", "acknowledged")
MUST_ARRIVE = ("receipt", "feedback", "page")


class View:
    """The record, with the look-ups that the promises share."""

    def __init__(self, record):
        self.record = record
        self.cases = {row["id"]: row for row in record.rows("cases")}
        self.by_number = {number(row): row for row in self.cases.values()}
        self.reports = record.rows("event_report")
        self.outbox = record.rows("outbox")
        self.attempts = collections.defaultdict(list)
        for row in record.rows("attempt"):
            self.attempts[row["outbox_id"]].append(row)
        self.person_of = {row["user_id"]: row["person_id"] for row in record.rows("identity")}
        self.by_token = collections.defaultdict(list)
        for report in self.reports:
            for token in set(TOKEN.findall(report["text"])):
                self.by_token[token].append(report)
        self.entries = collections.defaultdict(list)
        for row in sorted(record.rows("timeline_payload"), key=lambda row: row["seq"]):
            self.entries[row["stream"]].append({**json.loads(row["json"]), "seq": row["seq"]})

    def refs(self, row):
        """The references of an outbox row."""
        return json.loads(row["refs"])

    def answered(self, report):
        """The receipts of a report."""
        return [row for row in self.outbox if row["kind"] == "receipt" and self.refs(row).get("report") == report["id"]]


def number(case):
    """The number that people say."""
    return f"SE-{case['number_year']}-{case['number_n']:04}"


def committed_before_acknowledged(view, books):
    """Promise 1: what anybody was told is there."""
    for shown, where in books.numbers_shown():
        if shown not in view.by_number:
            yield f"{shown} was shown ({where}) and does not exist"
    told = [(line["token"], line["number"], "the client") for line in books.client if line["kind"] == "told"]
    for token, shown, where in told + list(books.accepted_commands()):
        reports = view.by_token.get(token)
        if not reports:
            yield f"report {token} was acknowledged ({where}) and is not stored"
        elif shown and number(view.cases[reports[0]["case_id"]]) != shown:
            yield f"report {token} was acknowledged as {shown} and belongs to another case"


def accepted_is_kept(view, books):
    """Promise 1 for bytes: a delivery that was accepted stands in a report, or among what was seen or could not be read."""
    kept = {report["wire_sha256"] for report in view.reports}
    for table in ("inbound_seen", "inbound_unread"):
        kept.update(row["wire_sha256"] for row in view.record.rows(table))
    for line in books.client:
        if line["kind"] == "accepted" and line["wire_sha256"] not in kept:
            yield f"delivery {line['wire_sha256'][:12]} was accepted and is nowhere"


def reactions_are_reports(view, books, emoji):
    """Promise 1 for reactions: an acknowledged one is stored."""
    case_of = {(row["channel"], row["message"]): row["case_id"] for row in view.record.rows("message_ref")}
    reported = {(report["case_id"], report["reporter"]) for report in view.reports}
    for user, channel, ts in books.accepted_reactions(emoji):
        case = case_of.get((channel, ts))
        if case is None:
            yield f"the reaction of {user} on message {ts} of {channel} was acknowledged and made no case"
        elif (case, view.person_of.get(user)) not in reported:
            yield f"the reaction of {user} on message {ts} of {channel} was acknowledged and is no report of the case"


def presses_are_recorded(view, books):
    """Promise 1 for verbs: a press that was answered without an error stands in the timeline."""
    for line in books.client:
        if line["kind"] != "confirmed":
            continue
        case = view.by_number.get(line["number"])
        kinds = [entry["kind"] for entry in view.entries[f"case:{case['id']}"]] if case else []
        if line["entry"] not in kinds:
            yield f"{line['user']} was not told of a failure, but {line['number']} has no entry \"{line['entry']}\""


def one_transaction(view, _books):
    """Promise 2: a report has its case, its entry and its receipt; a case has its card."""
    carded = {row["case_id"] for row in view.outbox if row["kind"] == "case_card"}
    receipts = {view.refs(row).get("report") for row in view.outbox if row["kind"] == "receipt"}
    written = {
        entry["report"]["id"]
        for entries in view.entries.values()
        for entry in entries
        if entry["kind"] in ("reported", "joined")
    }
    for report in view.reports:
        if report["id"] not in receipts:
            yield f"report {report['id']} has no receipt in the outbox"
        if report["id"] not in written:
            yield f"report {report['id']} has no entry in the timeline"
        if report["case_id"] not in view.cases:
            yield f"report {report['id']} has no case"
    reported = {report["case_id"] for report in view.reports}
    for case in view.cases.values():
        if case["id"] not in reported:
            yield f"{number(case)} has no report"
        if case["id"] not in carded:
            yield f"{number(case)} has no card in the outbox"
    paged = {row["id"] for row in view.outbox if row["kind"] == "page"}
    for stream, entries in view.entries.items():
        for entry in entries:
            if entry["kind"] == "paged" and entry["page"] not in paged:
                yield f"{stream} says that page {entry['page']} went to the outbox, and it is not there"


def one_case_per_cause(view, _books):
    """Promise 3, inwards: one cause makes one case, however often it was delivered."""
    for token, reports in view.by_token.items():
        if len(reports) > 1:
            yield f"report {token} was stored {len(reports)} times"
    sources = collections.Counter(
        (row["channel"], row["message"]) for row in view.record.rows("message_ref") if row["role"] == "source"
    )
    for (channel, ts), count in sources.items():
        if count > 1:
            yield f"message {ts} of {channel} made {count} cases"
    numbers = collections.Counter(number(case) for case in view.cases.values())
    for shown, count in numbers.items():
        if count > 1:
            yield f"{shown} was given to {count} cases"
    last = {row["year"]: row["n"] for row in view.record.rows("case_counter")}
    for case in view.cases.values():
        if case["number_n"] > last.get(case["number_year"], 0):
            yield f"{number(case)} is beyond the counter, and would be given again"


def everything_arrives(view, books):
    """Promise 3, outwards: receipts, feedback and pages were delivered at least once, or the record says why not."""
    keys, places = posted(books)
    alarms = " ".join(f"{row['subject']} {row['text']}" for row in view.record.rows("alarm"))
    for row in view.outbox:
        name = f"{row['kind']} {row['dedupe']}"
        if row["state"] in ("ready", "leased", "sending"):
            yield f"{name} is still {row['state']} after the drain: {row['last_error'] or 'no error on record'}"
        elif row["state"] == "dead" and row["id"] not in alarms and row["dedupe"] not in alarms:
            yield f"{name} was given up without an alarm"
        elif row["state"] == "cancelled" or row["delivery_state"] == "cancelled":
            if not any(attempt["outcome"] == "not_needed" for attempt in view.attempts[row["id"]]) and row["kind"] != "page":
                yield f"{name} was cancelled, and no attempt says why"
        elif row["state"] == "done" and row["kind"] in MUST_ARRIVE:
            if row["delivery_state"] not in TOLD:
                yield f"{name} is done, but {row['delivery_state']}"
            elif not reached(row, keys, places):
                yield f"{name} is recorded as {row['delivery_state']}, and Slack never got it"


def posted(books):
    """Accepted new messages by key in their metadata, and by place."""
    keys, places = collections.defaultdict(list), {}
    for post in books.posts:
        for key in key_of(post):
            keys[key].append(post)
        places[(post.get("channel"), post.get("ts"))] = post
    return keys, places


def reached(row, keys, places):
    """Whether Slack took a message for this row."""
    return row["id"] in keys or (row["message_channel"], row["message_id"]) in places


def nothing_twice(view, books, in_flight):
    """Promise 3: no message twice, but for those in flight at a crash, and these are flagged."""
    keys, _ = posted(books)
    extras = 0
    for row in view.outbox:
        posts = {(post["channel"], post["ts"]) for post in keys.get(row["id"], [])}
        more = len(posts) - 1
        if more < 1:
            continue
        extras += more
        doubts = sum(1 for attempt in view.attempts[row["id"]] if attempt["outcome"] == "unknown" or attempt["late"])
        if doubts < more:
            yield f"{row['kind']} {row['dedupe']} was sent {more + 1} times, and only {doubts} attempts are flagged as possibly sent"
    allowed = books.crashes * in_flight
    if extras > allowed:
        yield f"{extras} messages were sent twice; {books.crashes} crashes with at most {in_flight} in flight explain {allowed}"


def every_message_has_a_cause(view, books):
    """Promise 3: each message that Slack took stands in the outbox."""
    known = {row["id"] for row in view.outbox}
    places = {(row["message_channel"], row["message_id"]) for row in view.outbox}
    for post in books.posts:
        if not known.intersection(key_of(post)) and (post["channel"], post["ts"]) not in places:
            yield f"message {post['ts']} in {post['channel']} was sent for no row of the outbox: {(post.get('text') or '')[:80]!r}"


def timeline_holds(view, _books):
    """Promise 5: append-only, gapless, provable."""
    yield from chain.problems(view.record)


def nothing_leased(view, now, grace):
    """Nobody holds a lease past its end."""
    for row in view.outbox:
        if row["lease_until"] is not None and row["lease_until"] + grace < now:
            yield f"{row['kind']} {row['dedupe']} is leased by {row['lease_by']} past its lease"


def escalations_are_watched(view, _books):
    """Promise 4: a running escalation has its open page and its deadline; an ended one has neither."""
    pages = {row["id"]: row for row in view.outbox if row["kind"] == "page"}
    waiting = {
        row["escalation_id"]: row for row in view.record.rows("deadline") if row["kind"] == "acknowledge" and row["state"] == "open"
    }
    for row in view.record.rows("escalation"):
        name = f"escalation {row['id']}"
        if row["state"] != "running":
            if row["id"] in waiting:
                yield f"{name} is {row['state']} and still waits for an acknowledgement"
            continue
        if row["id"] not in waiting:
            yield f"{name} is running and has no deadline"
        page = pages.get(row["page"])
        if page is None:
            yield f"{name} is running and its page does not exist"
        elif page["state"] == "cancelled":
            yield f"{name} is running and its page was cancelled"


def figures(view, books, seconds):
    """What to show for it."""
    keys, _ = posted(books)
    twice = sum(max(0, len({(post["channel"], post["ts"]) for post in keys.get(row["id"], [])}) - 1) for row in view.outbox)
    return {
        "acknowledged": len({line["token"] for line in books.client if line["kind"] == "told"}),
        "accepted": sum(1 for line in books.client if line["kind"] == "accepted"),
        "unconfirmed": sum(1 for line in books.client if line["kind"] == "unconfirmed"),
        "crashes": books.crashes,
        "cases": len(view.cases),
        "reports": len(view.reports),
        "entries": len(view.record.rows("timeline")),
        "outbox": len(view.outbox),
        "messages": len(books.posts),
        "sent_twice_flagged": twice,
        "escalations": len(view.record.rows("escalation")),
        "seconds": round(seconds, 2),
    }


def lost(problems):
    """How many acknowledged things are gone: reports by token or number, other deliveries by the hash of their bytes."""
    pattern = re.compile(r"^(?:committed_before_acknowledged: (?:report (\S+)|(\S+)) was|accepted_is_kept: delivery (\S+))")
    found = (pattern.match(problem) for problem in problems)
    return len({next(filter(None, match.groups())) for match in found if match})
