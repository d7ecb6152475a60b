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
