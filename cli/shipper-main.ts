/**
 * The shipper process: from the sensor's own store to the cluster. It alone holds the credentials
 * that write there.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { DeliveryState, LocalStore } from '#analyzer'
import { Shipper, openCluster, openStore, publicKey } from '#analyzer'
import { lasting } from './backlog-watch.ts'
import { CommandError, printError } from './command.ts'
import { lockStore } from './lock.ts'
import type { RunOptions } from './options.ts'
import { countText, shownLines } from './print.ts'

const REPORT_MS = 1000
/** An answer that is waited for may take half a minute: it is looked up by the next process. */
const GRACE_MS = 3000

/** Until `stop`. `isAnew`: as if nothing had ever been delivered. */
export async function runShipper(
  options: RunOptions,
  stop: AbortSignal,
  isAnew: boolean,
): Promise<void> {
  const { cluster: configured, data, upkeep } = options
  if (configured === undefined) throw noCluster()
  const { trust, retentionDays, ship } = configured
  const kept = { days: retentionDays, findingsDays: upkeep.findingsDays }
  const opened = await openCluster(ship, kept)
  const release = lockStore(data, 'shipper')
  const store = await openStore(data, { isOwner: false })
  let hasEnded = true
  try {
    if (isAnew) await store.setShipping(false)
    await store.setShipping(true)
    const clock = { now: () => Date.now(), random: () => Math.random(), sleep: pause }
    const shipper = new Shipper({
      depot: store,
      cluster: opened.cluster,
      clock,
      trusted: () => [...trust, ...ownKey(data)],
      maintain: async () => tellProblems(await opened.maintain()),
      failed: printError,
    })
    const teller = new Teller(store)
    const timer = setInterval(() => {
      // The loop says it too; where the store is busy, that is told by what waits for it.
      shipper.report().catch(() => {})
      void teller.look(shipper.state)
    }, REPORT_MS)
    try {
      hasEnded = await untilStopped(shipper.run(stop), stop)
    } finally {
      clearInterval(timer)
    }
  } finally {
    await store.close()
    release()
    // Its answer is looked up by the next process; to wait for it would take half a minute.
    if (!hasEnded) process.exit(process.exitCode ?? 0)
    await opened.close()
  }
}

/** Whoever stops it does not wait for a cluster that hangs; false: it does. */
async function untilStopped(running: Promise<void>, stop: AbortSignal): Promise<boolean> {
  const stopped = new Promise<boolean>((resolve) => {
    const grace = (): void => void setTimeout(() => resolve(false), GRACE_MS).unref()
    if (stop.aborted) grace()
    else stop.addEventListener('abort', grace, { once: true })
  })
  return await Promise.race([running.then(() => true), stopped])
}

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: stop }).catch(() => {})
}

/** What is done at this host's own console needs no configuration to be trusted. */
function ownKey(data: string): string[] {
  const key = publicKey(data)
  return key === undefined ? [] : [key]
}

function tellProblems(problems: readonly string[]): void {
  for (const problem of problems) {
    process.stderr.write(shownLines(`fieldtap: upkeep of the cluster: ${problem}\n`))
  }
}

/** A line when it begins, and when its state changes. */
class Teller {
  readonly #store: LocalStore
  #told: DeliveryState['state'] | undefined

  constructor(store: LocalStore) {
    this.#store = store
  }

  async look({ state, reason, server }: DeliveryState): Promise<void> {
    const isWell = state === 'idle' || state === 'sending'
    if (isWell && server === '') return
    const now = isWell ? 'sending' : state
    if (now === this.#told) return
    this.#told = now
    const { documents, observations, oldest_ms } = await this.#store.backlog(Date.now())
    const count = documents + observations
    const wait = `${countText(documents, 'document')} and ${countText(observations, 'observation')}`
    const waiting = count === 0 ? 'nothing waits' : `${wait} wait, the oldest for`
    const rest = count === 0 ? waiting : `${waiting} ${lasting(oldest_ms)}`
    const said = isWell ? `shipping to ${server}` : `${troubles[state]}: ${reason}`
    process.stderr.write(shownLines(`fieldtap: ${said}; ${rest}\n`))
  }
}

const troubles: Readonly<Record<Exclude<DeliveryState['state'], 'idle' | 'sending'>, string>> = {
  away: 'the cluster is away',
  refused: 'the cluster refuses this sensor',
  blocked: 'the cluster takes nothing',
}

function noCluster(): CommandError {
  return new CommandError(
    'ELASTICSEARCH_MISSING',
    'no cluster is configured',
    'Name one in fieldtap.yaml, as elasticsearch: { url: https://es1:9200 }, or with --config.',
  )
}
