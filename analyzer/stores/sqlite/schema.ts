/**
 * The tables of the embedded store, one migration per version of it (`PRAGMA user_version`).
 * A migration that has been released is never changed: add one.
 */
import type { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../store.ts'
import { fourth } from './schema-fleet.ts'
import { fifth } from './schema-outbox.ts'

const first = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- One row per topic of the contract: what the console polls for.
CREATE TABLE revisions (topic TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Whole documents of which only the newest counts: health, zone matrix.
CREATE TABLE documents (
  name TEXT PRIMARY KEY, received INTEGER NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE baselines (
  name TEXT PRIMARY KEY, saved INTEGER NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Written by the sensor alone: nothing in it is a person's.
CREATE TABLE findings (
  id TEXT PRIMARY KEY,
  rule TEXT NOT NULL,
  title TEXT NOT NULL,
  severity INTEGER NOT NULL,
  count INTEGER NOT NULL,
  first TEXT NOT NULL,
  last TEXT NOT NULL,
  posture INTEGER NOT NULL,
  source TEXT NOT NULL,
  target TEXT NOT NULL,
  ingested INTEGER NOT NULL,
  text TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX findings_last ON findings (last, id);
CREATE INDEX findings_severity ON findings (severity, last, id);
CREATE INDEX findings_rule ON findings (rule);
-- What counts of open findings read, and nothing else of the row.
CREATE INDEX findings_open ON findings (posture, severity, count, id);

CREATE TABLE finding_addresses (
  address TEXT NOT NULL, finding TEXT NOT NULL, PRIMARY KEY (address, finding)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_addresses_finding ON finding_addresses (finding);

-- Written by people alone, and never changed: the audit trail of triage.
CREATE TABLE actions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  finding TEXT NOT NULL,
  time TEXT NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  reason TEXT,
  note TEXT,
  undoes TEXT,
  count INTEGER NOT NULL,
  severity INTEGER NOT NULL
) STRICT;
CREATE INDEX actions_finding ON actions (finding, seq);
CREATE TRIGGER actions_unchanged BEFORE UPDATE ON actions
BEGIN SELECT RAISE(ABORT, 'actions are appended, never changed'); END;
CREATE TRIGGER actions_kept BEFORE DELETE ON actions
BEGIN SELECT RAISE(ABORT, 'actions are appended, never deleted'); END;

-- The fold of a finding's actions, kept beside them for filters.
CREATE TABLE triage (
  finding TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  reason TEXT,
  count INTEGER NOT NULL,
  severity INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- triage.ts, current().
CREATE VIEW finding_states AS
SELECT f.*,
  CASE
    WHEN t.state IS NULL THEN 'open'
    WHEN t.state <> 'closed' THEN t.state
    WHEN f.severity > t.severity OR (t.reason = 'true-positive' AND f.count > t.count) THEN 'open'
    ELSE 'closed'
  END AS state,
  t.reason AS closed_reason
FROM findings f LEFT JOIN triage t ON t.finding = f.id;

CREATE TABLE decisions (
  n INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, who TEXT NOT NULL, body TEXT NOT NULL
) STRICT;

CREATE TABLE assets (
  id TEXT PRIMARY KEY,
  sort TEXT NOT NULL,
  text TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX assets_sort ON assets (sort, id);
CREATE TABLE asset_addresses (
  address TEXT NOT NULL, asset TEXT NOT NULL, PRIMARY KEY (address, asset)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_addresses_asset ON asset_addresses (asset);

-- Names that people typed in; they win over what the sensor writes.
CREATE TABLE asset_names (
  asset TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  text TEXT NOT NULL,
  who TEXT NOT NULL,
  time TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- Where one asset alone has the address: two sites may use the same.
CREATE VIEW typed_names AS
SELECT a.address, n.name, n.text
FROM asset_names n JOIN asset_addresses a ON a.asset = n.asset
WHERE (SELECT count(*) FROM asset_addresses b WHERE b.address = a.address) = 1;

CREATE TABLE conversations (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  target TEXT NOT NULL,
  last TEXT NOT NULL,
  text TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX conversations_last ON conversations (last, id);

-- seq is the order of arrival: retention counts from there, so that old captures stay.
CREATE TABLE operations (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  time TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  classes TEXT NOT NULL,
  source TEXT NOT NULL,
  target TEXT NOT NULL,
  text TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX operations_time ON operations (time, sequence, id);
CREATE INDEX operations_source ON operations (source);
CREATE INDEX operations_target ON operations (target);

CREATE TABLE rules (
  id TEXT PRIMARY KEY, position INTEGER NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`

/** Observations move into files of their own (segments.ts); `operations` is emptied by move.ts. */
const second = `
CREATE TABLE segments (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  opened INTEGER NOT NULL,
  -- NULL: written to. The rest is known from then on.
  closed INTEGER,
  rows INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  first TEXT NOT NULL,
  last TEXT NOT NULL
) STRICT;

-- Observations that findings cite and whose file is gone.
CREATE TABLE kept (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
`

/** What people did before goes on record with it. */
const third = `
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  time TEXT NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  note TEXT,
  sha256 TEXT,
  -- The text of a version.
  body TEXT
) STRICT;
CREATE INDEX audit_subject ON audit (action, subject, seq);
INSERT INTO audit (id, time, who, action, subject, note)
SELECT id, time, who, action, subject, note FROM (
  SELECT id, time, who, action, finding AS subject, note FROM actions
  UNION ALL
  SELECT 'rename-' || n, time, who, 'rename', body ->> 'asset', body ->> 'name' FROM decisions
  WHERE body ->> 'kind' = 'rename'
) ORDER BY time;
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the record is appended, never changed'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the record is appended, never deleted'); END;
`

/** Those that depend on what is there are made of it. */
const migrations: readonly (string | ((db: DatabaseSync) => string))[] = [
  first,
  second,
  third,
  fourth,
  fifth,
]

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
}

export function isOld(db: DatabaseSync): boolean {
  return versionOf(db) < migrations.length
}

/** Up to another version than the newest in tests alone. */
export function migrate(db: DatabaseSync, target = migrations.length): void {
  const version = (): number => versionOf(db)
  if (version() > migrations.length) {
    throw new StoreError(
      'STORE_NEWER',
      `the store was written by a newer version (${version()} > ${migrations.length})`,
      'Install that version again, or give another directory with --data.',
    )
  }
  if (version() >= target) return
  db.exec('BEGIN IMMEDIATE')
  // The other process may have been faster.
  for (let next = version(); next < target; next++) {
    const migration = migrations[next] ?? ''
    db.exec(typeof migration === 'string' ? migration : migration(db))
    db.exec(`PRAGMA user_version = ${next + 1}`)
  }
  db.exec('COMMIT')
}
