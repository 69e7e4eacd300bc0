/**
 * The steps of the schema of accounts.db. Released steps never change. Text of users is stored as
 * BLOBs (see `textToBlob` in libs/sqlite).
 */
export const schema: readonly string[] = [
  `CREATE TABLE accounts (
     username TEXT PRIMARY KEY,
     name_key TEXT NOT NULL UNIQUE,
     display_name BLOB NOT NULL,
     password_hash TEXT NOT NULL,
     state TEXT NOT NULL,
     created_at_ms INTEGER NOT NULL,
     banned_until_ms INTEGER,
     muted_until_ms INTEGER
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE families (
     family_id TEXT PRIMARY KEY,
     username TEXT NOT NULL,
     chain_key BLOB NOT NULL,
     generation INTEGER NOT NULL,
     started_at_ms INTEGER NOT NULL,
     used_at_ms INTEGER NOT NULL,
     device BLOB,
     ended_at_ms INTEGER,
     end_reason TEXT
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX families_of_user ON families (username, used_at_ms);
   CREATE INDEX families_ended ON families (ended_at_ms) WHERE ended_at_ms IS NOT NULL;
   CREATE INDEX families_used ON families (used_at_ms);
   CREATE INDEX families_started ON families (started_at_ms);

   CREATE TABLE tokens (
     token_hash BLOB PRIMARY KEY,
     family_id TEXT NOT NULL REFERENCES families ON DELETE CASCADE,
     generation INTEGER NOT NULL,
     issued_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX tokens_of_family ON tokens (family_id, generation);

   CREATE TABLE audit (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     by_user TEXT NOT NULL,
     act TEXT NOT NULL,
     on_user TEXT NOT NULL,
     at_ms INTEGER NOT NULL,
     details BLOB
   ) STRICT;`,
  `ALTER TABLE accounts ADD COLUMN worker_id TEXT;`,
  // No code changes the audit trail. The database refuses changes as well.
  `CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
   BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
   CREATE TRIGGER audit_never_shrinks BEFORE DELETE ON audit
   BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;`,
  `CREATE TABLE statuses (
     username TEXT PRIMARY KEY,
     status TEXT NOT NULL,
     said BLOB,
     at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  // A trigger, so that every deletion begins a departure. Workers keep their channels when they
  // quit.
  `CREATE TABLE departures (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     username TEXT NOT NULL UNIQUE
   ) STRICT;
   CREATE TRIGGER deleted_accounts_depart AFTER UPDATE OF state ON accounts
   WHEN NEW.state = 'deleted' AND OLD.state <> 'deleted' AND NEW.worker_id IS NULL
   BEGIN INSERT OR IGNORE INTO departures (username) VALUES (NEW.username); END;
   INSERT INTO departures (username)
     SELECT username FROM accounts WHERE state = 'deleted' AND worker_id IS NULL;`,
]
