/** What a sensor has not delivered yet, in words. */
import type { Backlog } from '../stores/outbox.ts'

/** As its health counts it; nothing where it delivers to no cluster. */
export function backlogOf(counters: Readonly<Record<string, number>>): Backlog {
  const of = (name: string): number => counters[`delivery.${name}`] ?? 0
  return {
    documents: of('documents'),
    observations: of('observations'),
    oldest_ms: of('oldest_ms'),
    dead_letters: of('dead_letters'),
    lost: of('lost'),
  }
}

/** Empty: everything was delivered. */
export function backlogWords(backlog: Backlog): string {
  const { documents, observations, oldest_ms: age, dead_letters: letters, lost } = backlog
  const waiting = [many(documents, 'document'), many(observations, 'observation')].filter(Boolean)
  return [
    waiting.length === 0 ? '' : `${waiting.join(' and ')} waiting, the oldest for ${lasting(age)}`,
    letters === 0 ? '' : `${many(letters, 'document')} refused`,
    lost === 0 ? '' : `${many(lost, 'observation')} deleted before being sent`,
  ]
    .filter(Boolean)
    .join('; ')
}

function many(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}${count === 1 ? '' : 's'}`
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

function lasting(ms: number): string {
  const [name, size] = units.find(([, length]) => ms >= length) ?? ['second', 1000]
  return many(Math.max(1, Math.floor(ms / size)), name)
}
