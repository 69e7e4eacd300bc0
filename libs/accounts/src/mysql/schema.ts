/**
 * The steps of the schema. Released steps never change. MySQL commits each statement separately,
 * and an interrupted step runs again, so each statement must allow a second run. Text is compared
 * by code points. The statements use only features that MySQL and MariaDB share.
 */
export const schema: readonly (readonly string[])[] = [
  [
    `CREATE TABLE IF NOT EXISTS accounts (
       username VARCHAR(64) NOT NULL PRIMARY KEY,
       name_key VARCHAR(64) NOT NULL,
       display_name VARCHAR(255) NOT NULL,
       password_hash VARCHAR(255) NOT NULL,
       state VARCHAR(16) NOT NULL,
       created_at_ms BIGINT NOT NULL,
       banned_until_ms BIGINT,
       muted_until_ms BIGINT,
       worker_id VARCHAR(64),
       UNIQUE KEY accounts_by_name_key (name_key)
     ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,

    `CREATE TABLE IF NOT EXISTS families (
       family_id VARCHAR(64) NOT NULL PRIMARY KEY,
       username VARCHAR(64) NOT NULL,
       chain_key BINARY(32) NOT NULL,
       generation INT NOT NULL,
       started_at_ms BIGINT NOT NULL,
       used_at_ms BIGINT NOT NULL,
       device TEXT,
       ended_at_ms BIGINT,
       end_reason VARCHAR(16),
       KEY families_of_user (username, used_at_ms),
       KEY families_ended (ended_at_ms),
       KEY families_used (used_at_ms),
       KEY families_started (started_at_ms)
     ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,

    `CREATE TABLE IF NOT EXISTS tokens (
       token_hash BINARY(32) NOT NULL PRIMARY KEY,
       family_id VARCHAR(64) NOT NULL,
       generation INT NOT NULL,
       issued_at_ms BIGINT NOT NULL,
       KEY tokens_of_family (family_id, generation),
       CONSTRAINT tokens_die_with_family FOREIGN KEY (family_id) REFERENCES families (family_id) ON DELETE CASCADE
     ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,

    `CREATE TABLE IF NOT EXISTS audit (
       id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
       by_user VARCHAR(64) NOT NULL,
       act VARCHAR(255) NOT NULL,
       on_user VARCHAR(255) NOT NULL,
       at_ms BIGINT NOT NULL,
       details MEDIUMTEXT
     ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
  ],
  // No code changes the audit trail. The database refuses changes as well.
  [
    `CREATE TRIGGER IF NOT EXISTS audit_never_changes BEFORE UPDATE ON audit
     FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit trail is append-only'`,
    `CREATE TRIGGER IF NOT EXISTS audit_never_shrinks BEFORE DELETE ON audit
     FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit trail is append-only'`,
  ],
  [
    `CREATE TABLE IF NOT EXISTS statuses (
       username VARCHAR(64) NOT NULL PRIMARY KEY,
       status VARCHAR(16) NOT NULL,
       said VARCHAR(255),
       at_ms BIGINT NOT NULL
     ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
  ],
  // A trigger, so that every deletion begins a departure, also one by an older release. Workers
  // keep their channels when they quit.
  [
    `CREATE TABLE IF NOT EXISTS departures (
       id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
       username VARCHAR(64) NOT NULL,
       UNIQUE KEY departures_by_username (username)
     ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    `CREATE TRIGGER IF NOT EXISTS deleted_accounts_depart AFTER UPDATE ON accounts
     FOR EACH ROW INSERT IGNORE INTO departures (username)
       SELECT NEW.username FROM DUAL
       WHERE NEW.state = 'deleted' AND OLD.state <> 'deleted' AND NEW.worker_id IS NULL`,
    `INSERT IGNORE INTO departures (username)
       SELECT username FROM accounts WHERE state = 'deleted' AND worker_id IS NULL`,
  ],
]
