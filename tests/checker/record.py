"""Reads the record (SQLite file or PostgreSQL database) as plain dictionaries, by sqlite3 or psql alone.

Uses nothing of the project: what is wrong in the project's own reading must not hide what is wrong in its writing.
"""

import json
import os
import sqlite3
import subprocess


class Record:
    """One database, read table by table, each once."""

    def __init__(self, url, psql="psql"):
        self.url = url
        self.psql = psql
        self.tables = {}

    def rows(self, table):
        """All rows of a table; true and false as 1 and 0, JSON columns still text."""
        if table not in self.tables:
            read = self._sqlite if self.url.startswith("sqlite:") else self._postgres
            self.tables[table] = read(f"select * from {table}")
        return self.tables[table]

    def _sqlite(self, query):
        path = self.url.removeprefix("sqlite:").removeprefix("//").split("?")[0]
        if not os.path.exists(path):
            raise FileNotFoundError(f"there is no database {path}")
        connection = sqlite3.connect(path, timeout=30)
        try:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query)]
        finally:
            connection.close()

    def _postgres(self, query):
        statement = f"select coalesce(json_agg(to_jsonb(one)), '[]') from ({query}) one"
        command = [self.psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url]
        environment = {**os.environ, "PGCONNECT_TIMEOUT": "10"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
        return [{name: _plain(value) for name, value in row.items()} for row in json.loads(done.stdout)]


def _plain(value):
    return int(value) if isinstance(value, bool) else value


def read_lines(path):
    """The lines of a ledger. A last line without its end was never promised to anybody and is left out."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    lines = text.split("\n")
    return [json.loads(line) for line in lines[:-1] if line]
