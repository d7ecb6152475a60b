#!/usr/bin/env python3
"""Checks after a crash that the promises were kept: reads the ledger of the clients, the ledger of Slack's stand-in and the database.

Prints one JSON object: {"ok", "lost", "problems", "figures"}. Exit code 0 if nothing is broken, 1 if something is, 2 if it cannot be told.
Python's standard library and psql only, and no code of the project.
"""

import argparse
import json
import sys
import time

import promises
import whole_cases
from books import Books
from record import Record, read_lines


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", required=True, help="sqlite:PATH or a postgres:// URL")
    parser.add_argument("--client", required=True, help="ledger of the load generator")
    parser.add_argument("--emulator", required=True, help="ledger of Slack's stand-in")
    parser.add_argument("--psql", default="psql")
    parser.add_argument("--in-flight", type=int, default=8, help="messages that may be on their way when a bot dies")
    parser.add_argument("--grace-seconds", type=float, default=5.0, help="how long after its end a lease may still stand")
    parser.add_argument("--overdue-seconds", type=float, default=30.0, help="how long after its end a page's deadline may still be open")
    parser.add_argument("--reaction", action="append", default=[], help="an emoji that reports; may be repeated")
    parser.add_argument("--not-confirmed", action="append", default=[], help="words that tell of an unconfirmed report")
    parser.add_argument("--limit", type=int, default=40, help="most problems to print")
    return parser.parse_args()


def check(database, client, emulator, *, psql="psql", in_flight=8, grace=5.0, overdue=30.0, reactions=(), not_confirmed=(), now=None):
    """Everything that is broken, and the figures."""
    started = time.monotonic()
    books = Books(
        read_lines(client),
        read_lines(emulator),
        not_confirmed=list(not_confirmed) or ["not confirmed"],
        not_reports={"", "help", "mine", "oncall", "contacts"},
    )
    view = promises.View(Record(database, psql))
    emoji = set(reactions) or {"rotating_light"}
    now = time.time() if now is None else now
    micros = 1_000_000
    checks = {
        "committed_before_acknowledged": promises.committed_before_acknowledged(view, books),
        "accepted_is_kept": promises.accepted_is_kept(view, books),
        "reactions_are_reports": promises.reactions_are_reports(view, books, emoji),
        "presses_are_recorded": promises.presses_are_recorded(view, books),
        "one_transaction": promises.one_transaction(view, books),
        "one_case_per_cause": promises.one_case_per_cause(view, books),
        "everything_arrives": promises.everything_arrives(view, books),
        "nothing_twice": promises.nothing_twice(view, books, in_flight),
        "every_message_has_a_cause": promises.every_message_has_a_cause(view, books),
        "timeline_holds": promises.timeline_holds(view, books),
        "nothing_leased": promises.nothing_leased(view, int(now * micros), int(grace * micros)),
        "escalations_are_watched": promises.escalations_are_watched(view, books),
        "pages_end_in_a_fact": whole_cases.pages_end_in_a_fact(view, books, int(now * micros), int(overdue * micros)),
        "closed_with_all_it_needs": whole_cases.closed_with_all_it_needs(view, books),
        "merges_hold": whole_cases.merges_hold(view, books),
        "closed_cases_are_answered": whole_cases.closed_cases_are_answered(view, books),
    }
    problems = [f"{name}: {sentence}" for name, found in checks.items() for sentence in found]
    figures = promises.figures(view, books, time.monotonic() - started) | whole_cases.figures(view, books)
    return problems, figures


def main():
    """The command."""
    given = arguments()
    try:
        problems, figures = check(
            given.database,
            given.client,
            given.emulator,
            psql=given.psql,
            in_flight=given.in_flight,
            grace=given.grace_seconds,
            overdue=given.overdue_seconds,
            reactions=given.reaction,
            not_confirmed=given.not_confirmed,
        )
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        print(json.dumps({"ok": False, "error": f"{type(error).__name__}: {error}"}))
        return 2
    report = {
        "ok": not problems,
        "lost": promises.lost(problems),
        "count": len(problems),
        "problems": problems[: given.limit],
        "figures": figures,
    }
    print(json.dumps(report, ensure_ascii=False, indent=1))
    return 0 if report["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
