export const schema: readonly string[] = [
  `CREATE TABLE install (
     install_id TEXT NOT NULL,
     epoch INTEGER NOT NULL,
     partition_count INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE records (
     partition INTEGER NOT NULL,
     offset INTEGER NOT NULL,
     timestamp_ms INTEGER NOT NULL,
     key BLOB NOT NULL,
     value BLOB NOT NULL,
     PRIMARY KEY (partition, offset)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE group_offsets (
     consumer_group TEXT NOT NULL,
     partition INTEGER NOT NULL,
     next INTEGER NOT NULL,
     PRIMARY KEY (consumer_group, partition)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE dead_letters (
     epoch INTEGER NOT NULL,
     partition INTEGER NOT NULL,
     offset INTEGER NOT NULL,
     timestamp_ms INTEGER NOT NULL,
     key BLOB NOT NULL,
     value BLOB NOT NULL,
     reason TEXT NOT NULL,
     PRIMARY KEY (epoch, partition, offset)
   ) STRICT, WITHOUT ROWID;`,
]
