/**
 * Acts that people did at the cluster. Anyone who may write there may triage; what changes how the
 * sensor judges is passed on to it only where a trusted key has signed it, and else held.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Finding } from '../../findings/finding.ts'
import type { StoredAct } from '../merge.ts'
import { mergeNames } from '../merge.ts'
import { isInstant } from '../moment.ts'
import type { ForeignAct, TypedName } from '../outbox.ts'
import { verifyAct } from '../sign.ts'
import type { Origin } from '../store.ts'
import { actsOf, appendAct, approvedOf, putDecision } from './actions.ts'
import { nameAsset } from './assets.ts'
import { bump } from './database.ts'
import { typedName } from './shipped.ts'

/** Of a console whose clock is wrong: what is done after it must not be older for all time. */
const AHEAD_MS_MAX = 86_400_000

export interface Taken {
  taken: number
  held: number
}

export function takeActs(
  db: DatabaseSync,
  acts: readonly ForeignAct[],
  trusted: readonly string[],
): Taken {
  const sum: Taken = { taken: 0, held: 0 }
  for (const act of acts) {
    const isTrusted = verifyAct(act, trusted)
    const { taken, held } =
      act.kind === 'finding'
        ? takeAct(db, act.finding, act.act, isTrusted)
        : takeName(db, act.asset, act.typed, isTrusted)
    sum.taken += taken
    sum.held += held
  }
  return sum
}

const nothing: Taken = { taken: 0, held: 0 }

function isPossible(time: string): boolean {
  return isInstant(time) && Date.parse(time) <= Date.now() + AHEAD_MS_MAX
}

function takeAct(db: DatabaseSync, id: string, act: StoredAct, isTrusted: boolean): Taken {
  const row = db.prepare('SELECT body, sensor, site FROM findings WHERE id = ?').get(id)
  if (row === undefined || !isPossible(act.time)) return nothing
  const known = db.prepare('SELECT finding FROM actions WHERE id = ?').get(act.id)
  const isRecorded = db.prepare('SELECT 1 FROM audit WHERE id = ?').get(act.id) !== undefined
  // An id of something else is somebody's mistake, or worse.
  if (known === undefined ? isRecorded : known['finding'] !== id) return nothing
  const isNew = known === undefined
  if (isNew) {
    const of: Origin = { sensor: String(row['sensor']), site: String(row['site']) }
    appendAct(db, id, act, of)
    bump(db, 'findings')
  }
  const taken = isNew ? 1 : 0
  if (!doesJudge(db, id, act)) return { taken, held: 0 }
  if (isTrusted) release(db, act.id)
  else if (isNew) hold(db, act.id, id, act)
  const isHeld = holds(db, act.id)
  if (isNew || isTrusted) settle(db, JSON.parse(String(row['body'])) as Finding)
  return { taken, held: isHeld ? 1 : 0 }
}

/** An approval, or the undo of one. */
function doesJudge(db: DatabaseSync, finding: string, act: StoredAct): boolean {
  if (act.action === 'approve') return true
  if (act.action !== 'undo') return false
  const undone = actsOf(db, finding).find(({ id }) => id === act.undoes)
  // What it takes back may come later: nobody knows yet what it was.
  return undone === undefined || undone.action === 'approve'
}

/**
 * What the sensor is to know of it now, whatever the order in which acts came: what is approved by
 * acts that count, and not taken back by acts that count.
 */
function settle(db: DatabaseSync, { id, rule }: Finding): void {
  const counting = actsOf(db, id).filter((act) => !holds(db, act.id))
  const undone = new Set(counting.map(({ undoes }) => undoes))
  const standing = counting.filter((act) => act.action === 'approve' && !undone.has(act.id))
  const told = approvedOf(db, id)
  // Of an earlier version's approval only the decision says what it was.
  const wanted = new Set(standing.flatMap(({ approves }) => approves ?? [...told]))
  const by = counting.at(-1)
  if (by === undefined) return
  const of = { finding: id, rule: rule.id }
  const less = [...told].filter((entry) => !wanted.has(entry))
  if (less.length > 0) putDecision(db, by, { kind: 'revoke', ...of, approves: less })
  const more = [...wanted].filter((entry) => !told.has(entry))
  if (more.length > 0) putDecision(db, by, { kind: 'approve', ...of, approves: more })
}

/** The later of two is shown; the sensor judges by it once it is trusted. */
function takeName(db: DatabaseSync, asset: string, typed: TypedName, isTrusted: boolean): Taken {
  const known = typedName(db, asset)
  if (!isPossible(typed.time)) return nothing
  const isNew = mergeNames(known, typed) === typed && typed.id !== known?.id
  if (isNew && !nameAsset(db, asset, typed)) return nothing
  const isShown = isNew || typed.id === known?.id
  if (!isShown) return nothing
  const wasHeld = holds(db, typed.id)
  if (isTrusted) {
    release(db, typed.id)
    // One that was done here has been told.
    if (isNew || wasHeld) putDecision(db, typed, { kind: 'rename', asset, name: typed.name })
  } else if (isNew) hold(db, typed.id, asset, typed)
  return { taken: isNew ? 1 : 0, held: holds(db, typed.id) ? 1 : 0 }
}

function hold(db: DatabaseSync, id: string, subject: string, act: unknown): void {
  db.prepare('INSERT OR IGNORE INTO held_acts VALUES (?, ?, ?)').run(
    id,
    subject,
    JSON.stringify(act),
  )
}

function release(db: DatabaseSync, id: string): void {
  db.prepare('DELETE FROM held_acts WHERE id = ?').run(id)
}

function holds(db: DatabaseSync, id: string): boolean {
  return db.prepare('SELECT 1 FROM held_acts WHERE id = ?').get(id) !== undefined
}
