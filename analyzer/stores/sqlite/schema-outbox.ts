/** What a cluster is to be sent, and what came back from it. */
export const fifth = `
-- One row a document that was ever changed while there was a cluster; its newest state is sent.
CREATE TABLE outbox (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  -- Of the oldest change that was not sent; NULL: nothing waits.
  since INTEGER,
  due INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  place TEXT NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (due) WHERE since IS NOT NULL;
CREATE INDEX outbox_since ON outbox (since) WHERE since IS NOT NULL;

-- Up to which row a file of observations was sent.
ALTER TABLE segments ADD COLUMN shipped INTEGER NOT NULL DEFAULT 0;
-- When a row of it was received, every few seconds.
CREATE TABLE arrivals (
  segment TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (segment, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE flights (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  stream TEXT NOT NULL,
  ids TEXT NOT NULL,
  segment TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE dead_letters (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  place TEXT NOT NULL,
  status INTEGER NOT NULL,
  type TEXT NOT NULL,
  reason TEXT NOT NULL,
  time TEXT NOT NULL,
  tries INTEGER NOT NULL,
  doc TEXT NOT NULL,
  replay INTEGER NOT NULL DEFAULT 0,
  UNIQUE (kind, id)
) STRICT;
CREATE INDEX dead_letters_replay ON dead_letters (n) WHERE replay = 1;

-- Acts that would change how the sensor judges, by whom it does not trust.
CREATE TABLE held_acts (
  id TEXT PRIMARY KEY, subject TEXT NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX held_acts_subject ON held_acts (subject);

ALTER TABLE actions ADD COLUMN approves TEXT;
ALTER TABLE actions ADD COLUMN signature TEXT;
DROP INDEX actions_finding;
CREATE INDEX actions_finding ON actions (finding, time, id);

-- Of the act that gave it; an empty name was taken back.
ALTER TABLE asset_names ADD COLUMN id TEXT NOT NULL DEFAULT '';
UPDATE asset_names SET id = coalesce((
  SELECT a.id FROM audit a WHERE a.action = 'rename' AND a.subject = asset ORDER BY a.seq DESC
), '');
DROP VIEW typed_names;
-- Where one asset of the site alone has the address.
CREATE VIEW typed_names AS
SELECT a.address, a.site, n.name, n.text
FROM asset_names n JOIN asset_addresses a ON a.asset = n.asset
WHERE n.name <> '' AND (
  SELECT count(*) FROM asset_addresses b WHERE b.address = a.address AND b.site = a.site
) = 1;
`
