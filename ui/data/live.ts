/**
 * What changed, told by the server (server-sent events): each event marks what was read as old,
 * and it is read again. Without the stream the console asks now and then, and says so.
 */
import type { QueryClient, QueryKey } from '@tanstack/react-query'

export interface LiveState {
  /** `lost`: the stream broke and has not come back. */
  link: 'connecting' | 'open' | 'lost'
  /** Wall time at which it was lost, ms. */
  lostAt: number
}

/** What each event makes old. The findings' list and the operations are taken in by the reader. */
const stale: Readonly<Record<string, readonly QueryKey[]>> = {
  findings: [
    ['findings', 'head'],
    ['findings', 'detail'],
  ],
  counts: [['findings', 'counts']],
  assets: [['assets'], ['zones'], ['conversations']],
  conversations: [['conversations']],
  zones: [['zones']],
  rules: [['rules']],
  health: [['health']],
}

/** A burst of events is one reading. */
const SETTLE_MS: Readonly<Record<string, number>> = { findings: 500, health: 500 }
const SETTLE_OTHERS_MS = 3000
const RETRY_MS = 3000
const ASK_MS = 5000

/** One per page load: followed by `follow`, read by `useLive`. */
export class Live {
  #state: LiveState = { link: 'connecting', lostAt: 0 }
  readonly #listeners = new Set<() => void>()
  readonly #waiting = new Map<string, number>()
  readonly #client: QueryClient
  #source: EventSource | undefined
  #paused = false
  #operations = 0

  constructor(client: QueryClient) {
    this.#client = client
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly state = (): LiveState => this.#state
  /** Counts the times that operations were told to be new. */
  readonly operations = (): number => this.#operations

  /** While paused only the health is followed. */
  pause(paused: boolean): void {
    this.#paused = paused
  }

  follow(): () => void {
    this.#connect()
    const asking = setInterval(() => {
      if (this.#state.link !== 'open') this.#tell('health')
    }, ASK_MS)
    return () => {
      clearInterval(asking)
      this.#source?.close()
      this.#source = undefined
    }
  }

  retry(): void {
    this.#connect()
    void this.#client.invalidateQueries()
  }

  #connect(): void {
    this.#source?.close()
    const source = new EventSource('/api/events')
    this.#source = source
    source.onopen = () => {
      const back = this.#state.link === 'lost'
      this.#set('open')
      if (back) for (const name of Object.keys(stale)) this.#tell(name)
    }
    source.onerror = () => {
      this.#set('lost')
      // The browser retries by itself unless it was refused for good.
      if (source.readyState === EventSource.CLOSED && this.#source === source) {
        setTimeout(() => {
          if (this.#source === source) this.#connect()
        }, RETRY_MS)
      }
    }
    for (const name of Object.keys(stale)) {
      source.addEventListener(name, () => this.#tell(name))
    }
    source.addEventListener('findings', () => this.#tell('counts'))
    source.addEventListener('operations', () => this.#newOperations())
  }

  #newOperations(): void {
    this.#operations++
    this.#emit()
  }

  #set(link: LiveState['link']): void {
    if (this.#state.link === link) return
    this.#state = { link, lostAt: link === 'lost' ? Date.now() : 0 }
    this.#emit()
  }

  #emit(): void {
    for (const listener of this.#listeners) listener()
  }

  #tell(name: string): void {
    if (this.#waiting.has(name) || (this.#paused && name !== 'health')) return
    const settle = setTimeout(() => {
      this.#waiting.delete(name)
      for (const queryKey of stale[name] ?? []) void this.#client.invalidateQueries({ queryKey })
    }, SETTLE_MS[name] ?? SETTLE_OTHERS_MS)
    this.#waiting.set(name, Number(settle))
  }
}
