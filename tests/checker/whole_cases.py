"""The promises about a case from its first page to its last answer, one function each: it yields what is broken, as sentences.

Assumes that the bot was drained and stopped before, as `promises` does; beside it, and with its view of the record.
"""

import promises

# What a page may end in, by the kind of the entry; each but "send_failed" names the escalation.
FACTS = ("acknowledged", "unanswered", "escalation_failed", "escalation_cancelled")


def pages_end_in_a_fact(view, _books, now, grace):
    """Promise 4: every page was answered, was not and that was told, failed or was called off; or its deadline is still to come."""
    waiting = {
        row["escalation_id"]: row for row in view.record.rows("deadline") if row["kind"] == "acknowledge" and row["state"] == "open"
    }
    open_page = {row["id"]: row["page"] for row in view.record.rows("escalation") if row["state"] == "running"}
    for stream, entries in view.entries.items():
        for place, entry in enumerate(entries):
            if entry["kind"] != "paged" or any(_ends(entry, later) for later in entries[place + 1 :]):
                continue
            deadline = waiting.get(entry["escalation"])
            if deadline is None or open_page.get(entry["escalation"]) != entry["page"]:
                yield f"page {entry['page']} of {stream} ended in nothing, and nobody waits for its answer"
            elif deadline["due_at"] + grace < now:
                yield f"page {entry['page']} of {stream} was to be answered {(now - deadline['due_at']) // 1_000_000} s ago, and nothing happened"


def _ends(page, later):
    if later["kind"] == "send_failed":
        return later["notification"] == page["page"]
    if later["kind"] not in FACTS or later["escalation"] != page["escalation"]:
        return False
    if later["kind"] == "unanswered":
        return (later["step"], later["attempt"]) == (page["step"], page["attempt"])
    return later["kind"] != "acknowledged" or later["page"] == page["page"]


def closed_with_all_it_needs(view, _books):
    """Promise 6: a closed case has an owner, an assessment with its entry, and an outcome."""
    for case in view.cases.values():
        if case["status"] != "closed":
            continue
        name = promises.number(case)
        kinds = [entry["kind"] for entry in view.entries[f"case:{case['id']}"]]
        if case["owner_person"] is None:
            yield f"{name} is closed and belongs to nobody"
        if case["assessment"] == "undecided" or "assessed" not in kinds:
            yield f"{name} is closed without an assessment"
        if not case["outcome"] or "closed" not in kinds:
            yield f"{name} is closed without an outcome"


def answers(view):
    """For each closed case and each of its reporters: (case, reporter, the plan or None, the row of the outbox or None)."""
    rows = {}
    for row in view.outbox:
        if row["kind"] == "feedback":
            refs = view.refs(row)
            rows[(row["case_id"], refs.get("report"), refs.get("entry"))] = row
    for case in view.cases.values():
        if case["status"] != "closed":
            continue
        # What was merged is answered when the case that goes on is closed.
        into = view.cases.get(case.get("merged_into"))
        if into is not None and into["status"] != "closed":
            continue
        entries = view.entries[f"case:{case['id']}"]
        closed = max((entry["seq"] for entry in entries if entry["kind"] == "closed"), default=0)
        for reporter in {report["reporter"] for report in view.reports if report["case_id"] == case["id"]}:
            plans = [
                entry
                for entry in entries
                if entry["seq"] > closed and entry["kind"] == "feedback_planned" and entry["person"] == reporter
            ]
            plan = plans[-1] if plans else None
            yield case, reporter, plan, plan and rows.get((case["id"], plan["report"], plan["seq"]))


def closed_cases_are_answered(view, books):
    """Promise 6: each reporter of a closed case was told the outcome at least once, or the record says why not."""
    keys, places = promises.posted(books)
    for case, reporter, plan, row in answers(view):
        name = f"reporter {reporter} of {promises.number(case)}"
        if plan is None:
            yield f"{name} was never to be told the outcome"
        elif plan.get("not_told_because"):
            continue
        elif row is None:
            yield f"{name} was to be told the outcome, and nothing is in the outbox"
        elif row["state"] == "done" and not promises.reached(row, keys, places):
            yield f"{name} was never told the outcome"


PAIRS = (("merged_into", "merged"), ("unmerged", "merge_undone"))


def merges_hold(view, _books):
    """Promises 2 and 6: a merge stands in both records, its reporters were told, and there are no chains."""
    for case in view.cases.values():
        into = case.get("merged_into")
        if into is None:
            continue
        name = promises.number(case)
        if case["status"] != "closed":
            yield f"{name} is merged and not closed"
        if into not in view.cases or view.cases[into].get("merged_into"):
            yield f"{name} was merged into a case that is not there or merged itself"
        kinds = [entry["kind"] for entry in view.entries[f"case:{case['id']}"] if entry["kind"] in ("merged_into", "unmerged")]
        if kinds[-1:] != ["merged_into"]:
            yield f"{name} is merged, and its record does not say so"
    written = {}
    for stream, entries in view.entries.items():
        for entry in entries:
            for pair in PAIRS:
                if entry["kind"] in pair:
                    here, there = stream.removeprefix("case:"), entry["case"]
                    key = (pair, here, there) if entry["kind"] == pair[0] else (pair, there, here)
                    written.setdefault(key, []).append(entry["kind"])
    for (pair, away, goes_on), kinds in written.items():
        if kinds.count(pair[0]) != kinds.count(pair[1]):
            yield f"the {pair[1]} of {away} and {goes_on} stands in one record and not in the other"
    yield from _told_of_merges(view)


def _told_of_merges(view):
    reachable = set(view.person_of.values())
    told = {(row["case_id"], view.refs(row).get("entry"), view.refs(row).get("report")) for row in view.outbox if row["kind"] == "direct_notice"}
    for stream, entries in view.entries.items():
        for place, entry in enumerate(entries):
            if entry["kind"] != "merged_into":
                continue
            case, before = stream.removeprefix("case:"), entries[:place]
            withdrawn = {one["report"] for one in before if one["kind"] == "withdrawn"}
            said = {one["report"]["id"] for one in before if one["kind"] in ("reported", "joined")} - withdrawn
            reports = [report for report in view.reports if report["id"] in said]
            for reporter in {report["reporter"] for report in reports} & reachable:
                own = [report["id"] for report in reports if report["reporter"] == reporter]
                if not any((case, entry["seq"], report) in told for report in own):
                    yield f"reporter {reporter} of {stream} was never to be told of the merge"


def figures(view, books):
    """How many whole cases there were, and what became of pages and answers."""
    keys, places = promises.posted(books)
    kinds = [entry["kind"] for entries in view.entries.values() for entry in entries]
    told = [row for *_, row in answers(view) if row and promises.reached(row, keys, places)]
    return {
        "closed": sum(1 for case in view.cases.values() if case["status"] == "closed"),
        "feedback_delivered": len(told),
        "pages": kinds.count("paged"),
        "pages_acknowledged": kinds.count("acknowledged"),
        "pages_unanswered": kinds.count("unanswered"),
    }
