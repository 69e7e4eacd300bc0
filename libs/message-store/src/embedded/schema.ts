/**
 * Each group of columns that is written together has a version of its own, 0 until its first write.
 * Text of users is stored as JSON, which escapes U+0000. A TEXT column would end there. `name_key`
 * is a BLOB, because it is searched by its bytes.
 */
export const schema: readonly string[] = [
  `CREATE TABLE install (install_id TEXT NOT NULL, epoch INTEGER NOT NULL) STRICT;

   CREATE TABLE progress (
     partition INTEGER PRIMARY KEY,
     epoch INTEGER NOT NULL,
     next INTEGER NOT NULL,
     last_timestamp_ms INTEGER
   ) STRICT;
   CREATE TABLE partitions_with_rows (partition INTEGER PRIMARY KEY) STRICT;

   CREATE TABLE events (
     channel_id TEXT NOT NULL,
     seq INTEGER NOT NULL,
     version INTEGER NOT NULL DEFAULT 0,
     epoch INTEGER,
     partition INTEGER,
     offset INTEGER,
     message_number INTEGER,
     sent_at_ms INTEGER,
     user TEXT,
     session TEXT,
     client_seq INTEGER,
     body TEXT,
     text_version INTEGER NOT NULL DEFAULT 0,
     text TEXT,
     PRIMARY KEY (channel_id, seq)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX events_by_version ON events (channel_id, version);

   CREATE TABLE sessions (
     channel_id TEXT NOT NULL,
     user TEXT NOT NULL,
     session TEXT NOT NULL,
     client_seq INTEGER NOT NULL,
     version INTEGER NOT NULL,
     epoch INTEGER NOT NULL,
     partition INTEGER NOT NULL,
     offset INTEGER NOT NULL,
     seq INTEGER NOT NULL,
     sent_at_ms INTEGER NOT NULL,
     body_hash TEXT NOT NULL,
     PRIMARY KEY (channel_id, user, session, client_seq)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX sessions_by_version ON sessions (channel_id, user, session, version);

   CREATE TABLE channels (
     channel_id TEXT PRIMARY KEY,
     created_version INTEGER NOT NULL DEFAULT 0,
     kind TEXT,
     created_by TEXT,
     created_at_ms INTEGER,
     name_key BLOB,
     name_version INTEGER NOT NULL DEFAULT 0,
     name TEXT,
     topic_version INTEGER NOT NULL DEFAULT 0,
     topic TEXT,
     head INTEGER NOT NULL DEFAULT 0,
     message_number INTEGER NOT NULL DEFAULT 0,
     head_epoch INTEGER,
     head_partition INTEGER,
     head_offset INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX channels_by_name_key ON channels (name_key) WHERE name_key IS NOT NULL;

   CREATE TABLE members (
     channel_id TEXT NOT NULL,
     username TEXT NOT NULL,
     present_version INTEGER NOT NULL DEFAULT 0,
     present INTEGER NOT NULL DEFAULT 0,
     present_epoch INTEGER,
     present_partition INTEGER,
     present_offset INTEGER,
     role_version INTEGER NOT NULL DEFAULT 0,
     role TEXT,
     PRIMARY KEY (channel_id, username)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX members_present ON members (channel_id, username) WHERE present = 1;
   CREATE INDEX memberships_present ON members (username, channel_id) WHERE present = 1;

   -- Counting 100,000 members of each of 1,000 channels takes too long for a list that every connecting client gets.
   CREATE TABLE member_counts (channel_id TEXT PRIMARY KEY, members INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TRIGGER count_inserted_member AFTER INSERT ON members WHEN NEW.present = 1 BEGIN
     INSERT INTO member_counts (channel_id, members) VALUES (NEW.channel_id, 1)
       ON CONFLICT DO UPDATE SET members = members + 1;
   END;
   CREATE TRIGGER count_changed_member AFTER UPDATE OF present ON members WHEN NEW.present <> OLD.present BEGIN
     INSERT INTO member_counts (channel_id, members) VALUES (NEW.channel_id, NEW.present - OLD.present)
       ON CONFLICT DO UPDATE SET members = members + excluded.members;
   END;

   CREATE TABLE messages (
     channel_id TEXT NOT NULL,
     seq INTEGER NOT NULL,
     sent_version INTEGER NOT NULL DEFAULT 0,
     message_number INTEGER,
     user TEXT,
     sent_at_ms INTEGER,
     session TEXT,
     client_seq INTEGER,
     text_version INTEGER NOT NULL DEFAULT 0,
     text TEXT,
     edited_at_ms INTEGER,
     deleted_version INTEGER NOT NULL DEFAULT 0,
     deleted_at_ms INTEGER,
     deleted_epoch INTEGER,
     deleted_partition INTEGER,
     deleted_offset INTEGER,
     PRIMARY KEY (channel_id, seq)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE message_edits (
     channel_id TEXT NOT NULL,
     seq INTEGER NOT NULL,
     edit_seq INTEGER NOT NULL,
     PRIMARY KEY (channel_id, seq, edit_seq)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE reactions (
     channel_id TEXT NOT NULL,
     seq INTEGER NOT NULL,
     emoji TEXT NOT NULL,
     username TEXT NOT NULL,
     version INTEGER NOT NULL,
     present INTEGER NOT NULL,
     PRIMARY KEY (channel_id, seq, emoji, username)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE read_marks (
     username TEXT NOT NULL,
     channel_id TEXT NOT NULL,
     seq INTEGER NOT NULL,
     message_number INTEGER NOT NULL,
     PRIMARY KEY (username, channel_id)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE cursors (
     channel_id TEXT NOT NULL,
     username TEXT NOT NULL,
     name TEXT NOT NULL,
     seq INTEGER NOT NULL,
     PRIMARY KEY (channel_id, username, name)
   ) STRICT, WITHOUT ROWID;`,
  // Keys are BLOBs, because they are searched by their bytes.
  `CREATE TABLE public_names (
     key BLOB NOT NULL,
     channel_id TEXT NOT NULL,
     PRIMARY KEY (key, channel_id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX public_names_of_channel ON public_names (channel_id);
   DROP INDEX channels_by_name_key;
   CREATE INDEX channels_by_kind ON channels (kind, channel_id);`,
  // Versions rise with the primary keys, so `lastBelow` finds them without these indexes. Each
  // message then writes two pages less.
  `DROP INDEX events_by_version;
   DROP INDEX sessions_by_version;`,
]
