"""Databases with the tables that plugins/sql reads by default: one in a file of SQLite, one in PostgreSQL."""

import pathlib
import sqlite3
import tempfile

from postgres_server import READER, READER_PASSWORD, PostgresServer

TABLES = """
DROP TABLE IF EXISTS users; DROP TABLE IF EXISTS acls;
CREATE TABLE users (username text PRIMARY KEY, password_hash text, superuser boolean NOT NULL DEFAULT false);
CREATE TABLE acls (username text NOT NULL, topic text NOT NULL, access text NOT NULL);
CREATE INDEX acls_of ON acls (username);
"""
GRANTS = f"GRANT SELECT ON users, acls TO {READER};\n"


def literal(text):
    return "'" + text.replace("'", "''") + "'"


class Source:
    """What both have: rows that come, change and go. `go_away` and `come_back` make an outage."""

    def add_user(self, name, password_hash, superuser=False):
        self.execute(f"INSERT INTO users VALUES ({literal(name)}, {literal(password_hash)}, {str(superuser).lower()});")

    def allow(self, name, topic, access):
        self.execute(f"INSERT INTO acls VALUES ({literal(name)}, {literal(topic)}, {literal(str(access))});")

    def disallow(self, name, topic):
        self.execute(f"DELETE FROM acls WHERE username = {literal(name)} AND topic = {literal(topic)};")

    def set_password(self, name, password_hash):
        self.execute(f"UPDATE users SET password_hash = {literal(password_hash)} WHERE username = {literal(name)};")


class SqliteSource(Source):
    name = "Sqlite"
    secret = None

    def __init__(self, journal="WAL"):
        self.folder = tempfile.TemporaryDirectory(prefix="sql-test-")
        self.path = pathlib.Path(self.folder.name) / "users.db"
        self.execute(f"PRAGMA journal_mode = {journal};" + TABLES)

    def option_lines(self):
        return ("plugin_opt_backend sqlite", f"plugin_opt_database {self.path}")

    def connect(self):
        return sqlite3.connect(self.path, isolation_level=None)

    def execute(self, text):
        connection = self.connect()
        try:
            connection.executescript(text)
        finally:
            connection.close()

    def go_away(self):
        self.path.rename(self.path.with_name("elsewhere"))

    def come_back(self):
        self.path.with_name("elsewhere").rename(self.path)

    def close(self):
        self.folder.cleanup()


class PostgresSource(Source):
    """One server for all, as making one takes seconds; the tables are made anew each time."""

    name = "Postgres"
    secret = READER_PASSWORD
    server = None

    def __init__(self):
        if PostgresSource.server is None:
            PostgresSource.server = PostgresServer().start()
            quoted = literal(READER_PASSWORD)
            self.execute(f"CREATE ROLE {READER} LOGIN PASSWORD {quoted};")
        self.execute("SET client_min_messages = warning;" + TABLES + GRANTS)

    @classmethod
    def close_server(cls):
        if cls.server is not None:
            cls.server.close()
            cls.server = None

    def option_lines(self):
        password = READER_PASSWORD.replace("'", "\\'")
        return ("plugin_opt_backend postgres", "plugin_opt_database host=127.0.0.1 "
                f"port={self.server.port} dbname=postgres user={READER} password='{password}'")

    def execute(self, text):
        self.server.execute(text)

    def go_away(self):
        self.server.stop()

    def come_back(self):
        self.server.start()

    def close(self):
        pass
