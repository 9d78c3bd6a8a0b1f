/**
 * Several sensors and sites in one store. What is there already is of the sensor that wrote last:
 * a store had one. Rows that have a body say so by the default of the column, which costs nothing;
 * to write them again would take as much of the disk as they do.
 */
import type { DatabaseSync } from 'node:sqlite'

const told = (name: string): string =>
  `coalesce((SELECT body ->> '${name}' FROM documents WHERE name = 'health'), '')`

export function fourth(db: DatabaseSync): string {
  const asked = `SELECT quote(${told('sensor')}) AS sensor, quote(${told('site')}) AS site`
  const { sensor, site } = db.prepare(asked).get() ?? {}
  // As SQL writes them.
  return statements
    .replaceAll('%SENSOR%', () => String(sensor))
    .replaceAll('%SITE%', () => String(site))
}

const statements = `
CREATE TABLE sensors (
  n INTEGER PRIMARY KEY,
  sensor TEXT NOT NULL,
  kind TEXT NOT NULL,
  site TEXT NOT NULL,
  received INTEGER NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (sensor, kind)
) STRICT;
INSERT INTO sensors (sensor, kind, site, received, body)
SELECT %SENSOR%, name, %SITE%, received, body FROM documents
UNION ALL
SELECT %SENSOR%, 'rules', %SITE%, 0,
  (SELECT json_group_array(json(body)) FROM (SELECT body FROM rules ORDER BY position))
WHERE EXISTS (SELECT 1 FROM rules);
DROP TABLE documents;
DROP TABLE rules;
-- Files of observations of earlier versions do not say whose they are.
INSERT INTO meta VALUES ('origin.before', json_array(%SENSOR%, %SITE%));

ALTER TABLE findings ADD COLUMN sensor TEXT NOT NULL DEFAULT %SENSOR%;
ALTER TABLE findings ADD COLUMN site TEXT NOT NULL DEFAULT %SITE%;
DROP INDEX findings_open;
CREATE INDEX findings_open ON findings (posture, severity, count, id, site, sensor);
DROP VIEW finding_states;
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

ALTER TABLE finding_addresses RENAME TO earlier;
CREATE TABLE finding_addresses (
  address TEXT NOT NULL, site TEXT NOT NULL, finding TEXT NOT NULL,
  PRIMARY KEY (address, site, finding)
) STRICT, WITHOUT ROWID;
INSERT INTO finding_addresses SELECT address, %SITE%, finding FROM earlier;
DROP TABLE earlier;
CREATE INDEX finding_addresses_finding ON finding_addresses (finding);

ALTER TABLE assets ADD COLUMN site TEXT NOT NULL DEFAULT %SITE%;
-- What each sensor knows of an asset; its row in assets is all of them together.
CREATE TABLE asset_parts (
  asset TEXT NOT NULL, sensor TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (asset, sensor)
) STRICT, WITHOUT ROWID;
INSERT INTO asset_parts SELECT id, %SENSOR%, body FROM assets;
DROP VIEW typed_names;
ALTER TABLE asset_addresses RENAME TO earlier;
CREATE TABLE asset_addresses (
  address TEXT NOT NULL, site TEXT NOT NULL, asset TEXT NOT NULL,
  PRIMARY KEY (address, site, asset)
) STRICT, WITHOUT ROWID;
INSERT INTO asset_addresses SELECT address, %SITE%, asset FROM earlier;
DROP TABLE earlier;
CREATE INDEX asset_addresses_asset ON asset_addresses (asset);
-- Where one asset of the site alone has the address.
CREATE VIEW typed_names AS
SELECT a.address, a.site, n.name, n.text
FROM asset_names n JOIN asset_addresses a ON a.asset = n.asset
WHERE (
  SELECT count(*) FROM asset_addresses b WHERE b.address = a.address AND b.site = a.site
) = 1;

ALTER TABLE conversations RENAME TO earlier;
CREATE TABLE conversations (
  id TEXT NOT NULL,
  sensor TEXT NOT NULL,
  site TEXT NOT NULL,
  source TEXT NOT NULL,
  target TEXT NOT NULL,
  last TEXT NOT NULL,
  text TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (id, sensor)
) STRICT;
INSERT INTO conversations
SELECT id, %SENSOR%, %SITE%, source, target, last, text, body FROM earlier;
DROP TABLE earlier;
CREATE INDEX conversations_last ON conversations (last, id, sensor);

ALTER TABLE kept ADD COLUMN sensor TEXT NOT NULL DEFAULT %SENSOR%;
ALTER TABLE kept ADD COLUMN site TEXT NOT NULL DEFAULT %SITE%;

ALTER TABLE audit ADD COLUMN sensor TEXT NOT NULL DEFAULT %SENSOR%;
ALTER TABLE audit ADD COLUMN site TEXT NOT NULL DEFAULT %SITE%;
`
