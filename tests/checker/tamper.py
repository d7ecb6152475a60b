#!/usr/bin/env python3
"""Runs statements on a record behind everybody's back, as whoever owns the database could: what it does the checker must name."""

import sqlite3
import subprocess
import sys


def main():
    """The command: a database and statements."""
    database, statements = sys.argv[1:]
    if database.startswith("sqlite:"):
        connection = sqlite3.connect(database.removeprefix("sqlite:"), timeout=30)
        connection.executescript(statements)
        connection.close()
    else:
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statements, database], check=True)


if __name__ == "__main__":
    main()
