"""The checker must see what it is for: a sound little world passes, and each way of breaking it is named.

The world here is made by hand, with the columns that the checker reads; tests/it/crash breaks a real one.
"""

import json
import sqlite3
import tempfile
import unittest
from pathlib import Path

import chain
from check import check

NOW = 1_800_000_000.0
AT = int(NOW * 1_000_000)
TABLES = {
    "cases": "id, number_year, number_n, status, assessment, outcome, owner_person, merged_into",
    "case_counter": "year, n",
    "event_report": "id, case_id, reporter, text, wire_sha256",
    "inbound_seen": "wire_sha256",
    "inbound_unread": "wire_sha256",
    "identity": "platform, realm, user_id, person_id",
    "message_ref": "channel, message, case_id, role",
    "timeline": "stream, seq, prev_hash, hash, recorded_at, effective_at, actor, kind, origin, policy, payload_hash",
    "timeline_payload": "stream, seq, salt, json",
    "timeline_head": "stream, seq, hash",
    "redaction": "stream, seq",
    "outbox": "id, dedupe, kind, case_id, refs, state, lease_by, lease_until, delivery_state, message_channel, message_id, last_error",
    "attempt": "outbox_id, outcome, late",
    "escalation": "id, state, page",
    "deadline": "kind, escalation_id, state, due_at",
    "alarm": "subject, text",
}


class World:
    """One report by command, closed and answered; one by reaction with a running escalation; everything sent."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.database = self.directory / "record.db"
        self.sql = sqlite3.connect(self.database)
        for table, columns in TABLES.items():
            self.sql.execute(f"create table {table} ({columns})")
        self.client, self.emulator, self.ts = [], [], 0
        self.put("identity", platform="slack", realm="T1", user_id="U1", person_id="p1")
        self.put("case_counter", year=2026, n=2)
        self.case("c1", 1, "r1", "tok-a1 odd mail")
        self.case("c2", 2, "r2", "from a message")
        self.put("message_ref", channel="C1", message="1.1", case_id="c2", role="source")
        self.put("escalation", id="e1", state="running", page="page1")
        self.put("deadline", kind="acknowledge", escalation_id="e1", state="open", due_at=AT + 60_000_000)
        self.row("page1", "page:e1:0:1", "page", "c2")
        self.entry("case:c2", "paged", escalation="e1", step=0, attempt=1, page="page1")
        self.close("c1", "r1")
        self.told("tok-a1", "SE-2026-0001")
        self.deliver("command", {"text": "tok-a1 odd mail"}, {"text": "SE-2026-0001 is open"})
        self.deliver(
            "event",
            {"event": {"type": "reaction_added", "reaction": "rotating_light", "user": "U1", "item": {"channel": "C1", "ts": "1.1"}}},
            None,
        )

    def put(self, table, **values):
        names = ", ".join(values)
        marks = ", ".join("?" for _ in values)
        self.sql.execute(f"insert into {table} ({names}) values ({marks})", list(values.values()))

    def case(self, case, n, report, text):
        self.put("cases", id=case, number_year=2026, number_n=n, status="new", assessment="undecided", outcome=None, owner_person=None)
        self.put("event_report", id=report, case_id=case, reporter="p1", text=text, wire_sha256=f"w-{report}")
        self.entry(f"case:{case}", "reported", report={"id": report, "text": text})
        self.entry(f"case:{case}", "noted", text="größer \u2028 than \"this\"\n")
        self.row(f"o-{report}", f"receipt:{report}", "receipt", case, report=report)
        self.row(f"o-{case}", f"card:{case}", "case_card", case)

    def close(self, case, report):
        self.run(f"update cases set status = 'closed', assessment = 'event', outcome = 'harmless', owner_person = 'p2' where id = '{case}'")
        self.entry(f"case:{case}", "assessed")
        self.entry(f"case:{case}", "closed", outcome="harmless")
        seq = self.entry(f"case:{case}", "feedback_planned", report=report, person="p1", not_told_because=None)
        self.row(f"f-{report}", f"feedback:{report}:{seq}", "feedback", case, report=report, entry=seq)

    def merge(self, other=True):
        """Two more cases, one merged into the other."""
        self.run("update case_counter set n = 4")
        self.case("c3", 3, "r3", "the same")
        self.case("c4", 4, "r4", "the same again")
        self.run("update cases set status = 'closed', assessment = 'duplicate', outcome = 'duplicate', owner_person = 'p2', merged_into = 'c4' where id = 'c3'")
        self.entry("case:c3", "assessed")
        seq = self.entry("case:c3", "merged_into", case="c4", number="SE-2026-0004", reason="the same")
        self.entry("case:c3", "closed", outcome="duplicate")
        self.row("m-r3", f"merged:{seq}", "direct_notice", "c3", report="r3", entry=seq, topic="merged_into")
        if other:
            self.entry("case:c4", "merged", case="c3", number="SE-2026-0003", reason="the same")

    def row(self, row, dedupe, kind, case, **refs):
        self.ts += 1
        self.put(
            "outbox", id=row, dedupe=dedupe, kind=kind, case_id=case, refs=json.dumps(refs), state="done", lease_by=None,
            lease_until=None, delivery_state="accepted", message_channel="D1", message_id=f"{self.ts}.0", last_error=None,
        )
        self.put("attempt", outbox_id=row, outcome="delivered", late=0)
        self.post(row, f"{self.ts}.0")

    def post(self, key, ts, text="SE-2026-0001"):
        metadata = {"event_type": "secevent", "event_payload": {"key": f"{key}:1"}}
        self.emulator.append({"kind": "write", "method": "chat.postMessage", "channel": "D1", "ts": ts, "text": text, "metadata": metadata})

    def entry(self, stream, kind, **payload):
        (seq, before) = self.sql.execute(
            "select coalesce(max(seq), 0), coalesce((select hash from timeline_head where stream = ?), ?) from timeline where stream = ?",
            (stream, chain.GENESIS, stream),
        ).fetchone()
        text = chain.canonical({"kind": kind, **payload})
        salt = "00ff"
        row = {
            "stream": stream, "seq": seq + 1, "prev_hash": before, "recorded_at": AT, "effective_at": AT, "actor": "person:p1",
            "kind": kind, "origin": '{"platform":"slack","door":"slash_command","workspace":null,"channel":null}', "policy": "v1",
            "payload_hash": chain.sha256(bytes.fromhex(salt) + text.encode()),
        }
        row["hash"] = chain.entry_hash(row)
        self.put("timeline", **row)
        self.put("timeline_payload", stream=stream, seq=seq + 1, salt=salt, json=text)
        self.sql.execute("delete from timeline_head where stream = ?", (stream,))
        self.put("timeline_head", stream=stream, seq=seq + 1, hash=row["hash"])
        return seq + 1

    def told(self, token, number):
        self.client.append({"kind": "told", "token": token, "number": number, "user": "U1"})

    def deliver(self, surface, payload, answer, outcome="acknowledged"):
        name = f"dlv-{len(self.emulator)}"
        self.emulator.append({"kind": "delivery", "delivery": name, "surface": surface, "payload": payload})
        self.emulator.append({"kind": "ack", "delivery": name, "surface": surface, "outcome": outcome, "answer": answer})

    def run(self, statement):
        self.sql.execute(statement)

    def problems(self, **options):
        self.sql.commit()
        for name, lines in (("client", self.client), ("emulator", self.emulator)):
            text = "".join(json.dumps(line) + "\n" for line in lines)
            (self.directory / name).write_text(text + '{"kind": "told", "tok', encoding="utf-8")
        paths = [str(self.directory / name) for name in ("client", "emulator")]
        return check(f"sqlite:{self.database}", *paths, now=NOW, **options)[0]


class CheckerTest(unittest.TestCase):
    """One test per way of breaking."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.world = World(directory.name)
        self.addCleanup(self.world.sql.close)

    def broken(self, promise, words, **options):
        problems = self.world.problems(**options)
        self.assertTrue(
            any(problem.startswith(promise) and words in problem for problem in problems),
            f"nothing says {promise}: {words}; but {problems}",
        )

    def test_a_sound_world_passes(self):
        self.assertEqual(self.world.problems(), [])

    def test_a_told_report_that_is_not_stored(self):
        self.world.told("tok-b2", "SE-2026-0002")
        self.broken("committed_before_acknowledged", "tok-b2")

    def test_a_told_number_that_does_not_exist(self):
        self.world.told("tok-a1", "SE-2026-0003")
        self.broken("committed_before_acknowledged", "SE-2026-0003 was shown")

    def test_a_number_told_for_another_case(self):
        self.world.told("tok-a1", "SE-2026-0002")
        self.broken("committed_before_acknowledged", "another case")

    def test_an_acknowledged_command_without_words_that_is_not_stored(self):
        self.world.deliver("command", {"text": "tok-c3 lost"}, None)
        self.broken("committed_before_acknowledged", "tok-c3")

    def test_not_confirmed_promises_nothing(self):
        self.world.deliver("command", {"text": "tok-c3 lost"}, {"text": "This is NOT CONFIRMED. If it is urgent, call ..."})
        self.world.deliver("command", {"text": "tok-c4 lost"}, None, outcome="timeout")
        self.assertEqual(self.world.problems(), [])

    def test_an_accepted_delivery_that_is_nowhere(self):
        self.world.client.append({"kind": "accepted", "wire_sha256": "w-r1"})
        self.assertEqual(self.world.problems(), [])
        self.world.client.append({"kind": "accepted", "wire_sha256": "w-u1"})
        self.broken("accepted_is_kept", "w-u1")
        self.world.put("inbound_unread", wire_sha256="w-u1")
        self.assertEqual(self.world.problems(), [])

    def test_an_acknowledged_reaction_that_made_no_case(self):
        self.world.run("delete from message_ref")
        self.broken("reactions_are_reports", "made no case")

    def test_a_second_reactor_who_is_no_reporter(self):
        item = {"type": "reaction_added", "reaction": "rotating_light", "user": "U2", "item": {"channel": "C1", "ts": "1.1"}}
        self.world.deliver("event", {"event": item}, None)
        self.broken("reactions_are_reports", "U2")

    def test_a_press_without_its_entry(self):
        self.world.client.append({"kind": "confirmed", "entry": "taken", "number": "SE-2026-0001", "user": "U1"})
        self.broken("presses_are_recorded", "taken")

    def test_a_report_without_its_receipt(self):
        self.world.run("delete from outbox where kind = 'receipt' and case_id = 'c1'")
        self.broken("one_transaction", "no receipt")

    def test_a_page_that_never_reached_the_outbox(self):
        self.world.run("delete from outbox where kind = 'page'")
        self.broken("one_transaction", "page page1")
        self.broken("escalations_are_watched", "its page does not exist")

    def test_a_report_stored_twice(self):
        self.world.case("c3", 3, "r3", "tok-a1 odd mail")
        self.broken("one_case_per_cause", "2 times")
        self.broken("one_case_per_cause", "beyond the counter")

    def test_a_message_that_made_two_cases(self):
        self.world.put("message_ref", channel="C1", message="1.1", case_id="c1", role="source")
        self.broken("one_case_per_cause", "2 cases")

    def test_a_receipt_that_slack_never_got(self):
        self.world.emulator = [line for line in self.world.emulator if "o-r1:1" not in json.dumps(line)]
        self.broken("everything_arrives", "Slack never got it")

    def test_a_row_that_is_still_on_its_way(self):
        self.world.run("update outbox set state = 'ready' where id = 'o-c1'")
        self.broken("everything_arrives", "still ready")

    def test_a_row_given_up_in_silence(self):
        self.world.run("update outbox set state = 'dead' where id = 'o-r1'")
        self.broken("everything_arrives", "without an alarm")

    def test_a_message_sent_twice(self):
        self.world.post("o-r1", "99.0")
        self.broken("nothing_twice", "only 0 attempts are flagged")

    def test_flagged_duplicates_are_bounded_by_what_was_in_flight(self):
        self.world.post("o-r1", "99.0")
        self.world.put("attempt", outbox_id="o-r1", outcome="unknown", late=0)
        self.broken("nothing_twice", "0 crashes")
        self.world.client.append({"kind": "crash", "how": "random"})
        self.assertEqual(self.world.problems(in_flight=1), [])
        self.broken("nothing_twice", "explain 0", in_flight=0)

    def test_a_message_without_a_cause(self):
        self.world.post("other", "99.0")
        self.broken("every_message_has_a_cause", "99.0")

    def test_an_edited_entry(self):
        self.world.run("update timeline set effective_at = effective_at + 1 where stream = 'case:c1' and seq = 2")
        self.broken("timeline_holds", "entry 2 of case:c1 was changed")

    def test_an_edited_payload(self):
        self.world.run("update timeline_payload set json = replace(json, 'odd', 'even') where stream = 'case:c1'")
        self.broken("timeline_holds", "payload does not fit")

    def test_a_removed_entry(self):
        self.world.run("delete from timeline where stream = 'case:c1' and seq = 2")
        self.broken("timeline_holds", "gap")

    def test_a_cut_off_end(self):
        self.world.run("delete from timeline where stream = 'case:c2' and seq = 3")
        self.world.run("delete from timeline_payload where stream = 'case:c2' and seq = 3")
        self.broken("timeline_holds", "the stream ends with entry 2")

    def test_a_payload_removed_without_redaction(self):
        self.world.run("delete from timeline_payload where stream = 'case:c1' and seq = 2")
        self.broken("timeline_holds", "lost its payload")
        self.world.put("redaction", stream="case:c1", seq=2)
        self.assertEqual(self.world.problems(), [])

    def test_a_lease_past_its_end(self):
        self.world.run(f"update outbox set lease_by = 'x', lease_until = {AT - 6_000_000} where id = 'o-c1'")
        self.broken("nothing_leased", "past its lease")

    def test_a_running_escalation_without_its_deadline(self):
        self.world.run("update deadline set state = 'met'")
        self.broken("escalations_are_watched", "no deadline")

    def test_a_page_that_ended_in_nothing(self):
        self.world.run("update deadline set state = 'met'")
        self.broken("pages_end_in_a_fact", "page1 of case:c2 ended in nothing")
        for fact, more in (
            ("acknowledged", {"escalation": "e1", "page": "page0"}),
            ("unanswered", {"escalation": "e1", "step": 0, "attempt": 2}),
            ("escalation_cancelled", {"escalation": "e0"}),
        ):
            self.world.entry("case:c2", fact, **more)
            self.broken("pages_end_in_a_fact", "page1")

    def test_each_fact_that_ends_a_page(self):
        self.world.run("update deadline set state = 'met'")
        self.world.run("update escalation set state = 'failed'")
        self.world.entry("case:c2", "unanswered", escalation="e1", step=0, attempt=1)
        for n, (fact, more) in enumerate(
            (
                ("acknowledged", {"page": "page2"}),
                ("unanswered", {"step": 1, "attempt": 1}),
                ("escalation_failed", {}),
                ("escalation_cancelled", {}),
                ("send_failed", {"notification": "page6"}),
            ),
            start=2,
        ):
            self.world.row(f"page{n}", f"page:e1:1:{n}", "page", "c2")
            self.world.entry("case:c2", "paged", escalation="e1", step=1, attempt=1, page=f"page{n}")
            self.broken("pages_end_in_a_fact", f"page{n}")
            self.world.entry("case:c2", fact, **{"escalation": "e1", **more})
            self.assertEqual(self.world.problems(), [])

    def test_a_deadline_that_nobody_fired(self):
        self.world.run(f"update deadline set due_at = {AT - 31_000_000}")
        self.broken("pages_end_in_a_fact", "31 s ago")

    def test_a_case_closed_without_what_it_needs(self):
        for column, value, words in (("owner_person", "null", "nobody"), ("assessment", "'undecided'", "assessment"), ("outcome", "null", "outcome")):
            self.world.run(f"update cases set {column} = {value} where id = 'c1'")
            self.broken("closed_with_all_it_needs", words)

    def test_a_reporter_who_was_never_to_be_told(self):
        self.world.put("event_report", id="r3", case_id="c1", reporter="p3", text="the same", wire_sha256="w-r3")
        self.broken("closed_cases_are_answered", "p3 of SE-2026-0001 was never to be told")
        self.world.entry("case:c1", "feedback_planned", report="r3", person="p3", not_told_because="The reporter withdrew the report.")
        self.assertFalse([one for one in self.world.problems() if one.startswith("closed_cases")])

    def test_a_reporter_who_was_told_before_the_case_was_closed_again(self):
        self.world.entry("case:c1", "closed", outcome="harmless")
        self.broken("closed_cases_are_answered", "p1 of SE-2026-0001 was never to be told")

    def test_a_merge_and_how_it_breaks(self):
        self.world.merge()
        self.assertEqual(self.world.problems(), [])
        # The reporter hears nothing of it.
        self.world.run("update outbox set kind = 'queue_notice' where id = 'm-r3'")
        self.broken("merges_hold", "p1 of case:c3 was never to be told")
        self.world.run("update outbox set kind = 'direct_notice' where id = 'm-r3'")
        # The case that goes on is closed, and only its own reporters are answered.
        self.world.run("update cases set status = 'closed', assessment = 'event', outcome = 'harmless', owner_person = 'p2' where id = 'c4'")
        for kind in ("assessed", "closed"):
            self.world.entry("case:c4", kind)
        plan = self.world.entry("case:c4", "feedback_planned", report="r4", person="p1", not_told_because=None)
        self.world.row("f-r4", f"feedback:r4:{plan}", "feedback", "c4", report="r4", entry=plan)
        self.broken("closed_cases_are_answered", "p1 of SE-2026-0003 was never to be told")
        plan = self.world.entry("case:c3", "feedback_planned", report="r3", person="p1", not_told_because=None)
        self.world.row("f-r3", f"feedback:r3:{plan}", "feedback", "c3", report="r3", entry=plan)
        self.assertEqual(self.world.problems(), [])

    def test_half_a_merge(self):
        self.world.merge(other=False)
        self.broken("merges_hold", "the merged of c3 and c4 stands in one record")

    def test_half_of_an_undone_merge(self):
        self.world.merge()
        self.world.entry("case:c3", "unmerged", case="c4")
        self.broken("merges_hold", "the merge_undone of c3 and c4 stands in one record")
        self.broken("merges_hold", "SE-2026-0003 is merged, and its record does not say so")

    def test_a_chain_of_merges(self):
        self.world.merge()
        self.world.run("update cases set merged_into = 'c1' where id = 'c4'")
        self.broken("merges_hold", "SE-2026-0003 was merged into a case that is not there or merged itself")
        self.broken("merges_hold", "SE-2026-0004 is merged and not closed")

    def test_feedback_that_is_not_in_the_outbox(self):
        self.world.run("delete from outbox where kind = 'feedback'")
        self.broken("closed_cases_are_answered", "nothing is in the outbox")

    def test_feedback_that_slack_never_got(self):
        self.world.emulator = [line for line in self.world.emulator if "f-r1:1" not in json.dumps(line)]
        self.broken("closed_cases_are_answered", "never told the outcome")

    def test_fractions_are_refused(self):
        self.assertRaises(ValueError, chain.canonical, {"a": [1.5]})


if __name__ == "__main__":
    unittest.main()
