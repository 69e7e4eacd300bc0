/**
 * Steps of the schema; released ones never change. Each statement may run twice, and several times
 * at once, so a step that was cut off is simply run again.
 *
 * `bucket` is floor(seq / bucketSize), so that no partition grows without bound and the last page
 * of a long channel is as near as that of a short one. Tables that share a partition key share one
 * mutation: a turn's events, session rows and messages of a bucket are one write. No statement
 * deletes, none expires: cells are overwritten by versions, `''` is the text that is none, and what
 * users wrote is JSON.
 */
export const schema: readonly (readonly string[])[] = [
  [
    // One row per partition of the log.
    `CREATE TABLE IF NOT EXISTS log_partitions (
       log_partition int PRIMARY KEY,
       has_rows boolean,
       epoch int,
       next bigint,
       last_timestamp_ms bigint
     )`,

    `CREATE TABLE IF NOT EXISTS events (
       channel_id text,
       bucket int,
       seq bigint,
       log_epoch int,
       log_partition int,
       log_offset bigint,
       message_number bigint,
       sent_at_ms bigint,
       username text,
       session text,
       client_seq bigint,
       body text,
       content text,
       PRIMARY KEY ((channel_id, bucket), seq)
     )`,
    `CREATE TABLE IF NOT EXISTS sessions (
       channel_id text,
       bucket int,
       username text,
       session text,
       client_seq bigint,
       version bigint,
       log_epoch int,
       log_partition int,
       log_offset bigint,
       seq bigint,
       sent_at_ms bigint,
       body_hash text,
       PRIMARY KEY ((channel_id, bucket), username, session, client_seq)
     )`,
    // A message as it is now. A reaction's key is JSON of [emoji, username]; false is a reaction
    // taken back.
    `CREATE TABLE IF NOT EXISTS messages (
       channel_id text,
       bucket int,
       seq bigint,
       message_number bigint,
       username text,
       sent_at_ms bigint,
       session text,
       client_seq bigint,
       content text,
       edited_at_ms bigint,
       edit_seqs set<bigint>,
       deleted_at_ms bigint,
       deleted_epoch int,
       deleted_partition int,
       deleted_offset bigint,
       reactions map<text, boolean>,
       PRIMARY KEY ((channel_id, bucket), seq)
     )`,

    `CREATE TABLE IF NOT EXISTS channels (
       channel_id text PRIMARY KEY,
       kind text,
       created_by text,
       created_at_ms bigint,
       name_key text,
       name text,
       topic text,
       head bigint,
       message_number bigint,
       head_epoch int,
       head_partition int,
       head_offset bigint,
       last_message_seq bigint
     )`,
    // Which buckets hold rows of a session: no row here proves that there are none.
    `CREATE TABLE IF NOT EXISTS session_buckets (
       channel_id text,
       username text,
       session text,
       bucket int,
       PRIMARY KEY ((channel_id), username, session, bucket)
     )`,
    `CREATE TABLE IF NOT EXISTS members (
       channel_id text,
       username text,
       present boolean,
       present_epoch int,
       present_partition int,
       present_offset bigint,
       role text,
       PRIMARY KEY ((channel_id), username)
     )`,

    `CREATE TABLE IF NOT EXISTS memberships (
       username text,
       channel_id text,
       present boolean,
       present_epoch int,
       present_partition int,
       present_offset bigint,
       role text,
       PRIMARY KEY ((username), channel_id)
     )`,
    `CREATE TABLE IF NOT EXISTS read_marks (
       username text,
       channel_id text,
       seq bigint,
       message_number bigint,
       PRIMARY KEY ((username), channel_id)
     )`,
    `CREATE TABLE IF NOT EXISTS cursors (
       username text,
       channel_id text,
       name text,
       seq bigint,
       PRIMARY KEY ((username), channel_id, name)
     )`,

    // By the bytes of the folded name, in shards, so that not all of a platform's listings ask the
    // same replicas.
    `CREATE TABLE IF NOT EXISTS public_channels (
       shard int,
       name_key blob,
       channel_id text,
       PRIMARY KEY ((shard), name_key, channel_id)
     )`,
  ],
  [
    // The index of public names, in the shards of `public_channels`.
    `CREATE TABLE IF NOT EXISTS public_names (
       shard int,
       key blob,
       channel_id text,
       PRIMARY KEY ((shard), key, channel_id)
     )`,
  ],
]
