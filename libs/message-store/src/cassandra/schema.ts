/**
 * Steps of the schema. Released steps never change. Each statement may run several times, even
 * concurrently, so an interrupted step is run again.
 *
 * `bucket` is floor(seq / bucketSize). So no Cassandra partition grows without bound, and the last
 * page of a long channel is read as fast as that of a short one. Tables that share a partition key
 * share one mutation: a turn's events, session rows and messages of a bucket are one write. No
 * statement deletes, and no row expires: cells are overwritten by version. `''` stands for "no
 * text". Text of users is stored as JSON.
 */
export const schema: readonly (readonly string[])[] = [
  [
    // One row for each partition of the log.
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
    // A message as it is now. The key of a reaction is JSON of [emoji, username]; false is a
    // reaction that was taken back.
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
    // The buckets that hold rows of a session. A bucket that is missing here holds none.
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

    // Ordered by the bytes of the folded name. The shards spread all listings over the replicas.
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
