#!/usr/bin/env python3
"""Prints how many rows of the outbox are still on their way: a driver waits for 0 before it stops the bot and checks."""

import sqlite3
import sys

from record import Record


def main():
    """The command."""
    try:
        rows = Record(sys.argv[1]).rows("outbox")
    except (OSError, RuntimeError, sqlite3.Error) as error:
        print(error, file=sys.stderr)
        return 2
    print(sum(1 for row in rows if row["state"] in ("ready", "leased", "sending")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
