/**
 * Strangers that come in a burst. Who forges addresses has no end of them: of each zone some
 * strangers are told apart, and all others are one party, which is judged, counted and told in
 * their stead. Who is answered, and who comes again and again, has room of its own, so that a
 * flood of questions leaves it to those who do more.
 */
import type { Asset } from './asset.ts'
import type { Known } from './candidates.ts'

/** How a stranger shows that there is somebody, weakest first. */
const ways = ['asked', 'shown', 'insists'] as const

type Room = Record<(typeof ways)[number], number>

/** Strangers of a zone that are told apart at once: more new hosts than anybody looks through. */
export const APART_MAX = 32
/** While learning all are strangers: a site of ten thousand devices, most of which are answered. */
export const APART_LEARNING: Readonly<Room> = { asked: 1024, shown: 8192, insists: 1024 }
/** The internet is no site. */
export const APART_PUBLIC_MAX = 512
/** Of a crowd, those who are answered are in the list of assets all the same, up to so many. */
export const LISTED_MAX = 4096
/** So many more each hour. */
const APART_PER_HOUR = 64
const watching: Readonly<Room> = { asked: APART_MAX, shown: APART_MAX, insists: APART_MAX }
const internet: Readonly<Room> = {
  asked: APART_PUBLIC_MAX,
  shown: APART_PUBLIC_MAX,
  insists: APART_PUBLIC_MAX,
}
const HOUR = 3600e6
const MINUTE = 60e6
/** Of those who come again and again, in cells: who comes most often keeps a cell. */
const CELLS = 1024
/** Times within a minute, after which a stranger is none of many forged ones. */
export const INSISTS = 8

/** Where strangers are alike: an address is in one zone, or in none and of one scope. */
export type Place = Pick<Asset, 'zone' | 'zoneKind' | 'scope'>

export interface Told {
  readonly crowd: Asset
  /** What was seen of its members so far. */
  readonly count: number
  /** One of them. */
  readonly sample: string
  readonly time: number
  readonly packet: number
}

export interface CrowdsOptions {
  /** The id of what has no address. */
  idOf(name: string): string
  readonly counters: {
    /** Times that somebody was taken for one of many. */
    strangersTogether: number
  }
  /** When a crowd begins, once a minute while it goes on, and at the end. */
  onCrowd(told: Told): void
}

interface Crowd {
  /** What is left of the room of each way in. */
  readonly room: Room
  /** For being listed, though it is told with the others. */
  listed: number
  /** When room was made last, µs. */
  time: number
  many: Known | undefined
  count: number
  toldCount: number
  toldAt: number
  sample: string
  packet: number
}

export class Crowds {
  learning = false
  readonly #options: CrowdsOptions
  /** By zone and scope: as many as a policy has zones. */
  readonly #crowds = new Map<string, Crowd>()
  readonly #cells: { ip: string; count: number }[]
  #minute = 0

  constructor(options: CrowdsOptions) {
    this.#options = options
    this.#cells = Array.from({ length: CELLS }, () => ({ ip: '', count: 0 }))
  }

  /** The crowd that a stranger is lost in; undefined where it is told apart from now on. */
  take(place: Place, ip: string, shown: boolean, time: number, packet: number): Known | undefined {
    const crowd = this.#crowd(place, time)
    const { room } = crowd
    const way = room.asked >= 1 ? 'asked' : shown && room.shown >= 1 ? 'shown' : 'insists'
    if (way !== 'insists' || (room.insists >= 1 && this.#insists(ip, time))) {
      room[way]--
      return undefined
    }
    this.#options.counters.strangersTogether++
    crowd.count++
    crowd.sample = ip
    crowd.packet = packet
    const many = (crowd.many ??= this.#make(place, time))
    if (Math.abs(time - crowd.toldAt) >= MINUTE) this.#tell(crowd, many.asset, time)
    return many
  }

  /** May one of many, who is answered, be listed? */
  lists(place: Place, time: number): boolean {
    const crowd = this.#crowd(place, time)
    if (crowd.listed < 1) return false
    crowd.listed--
    return true
  }

  /** End of the capture: how many they were. */
  end(time: number): void {
    for (const crowd of this.#crowds.values()) {
      const { many, count, toldCount } = crowd
      if (many !== undefined && count > toldCount) this.#tell(crowd, many.asset, time)
    }
  }

  #tell(crowd: Crowd, asset: Asset, time: number): void {
    crowd.toldAt = time
    crowd.toldCount = crowd.count
    const { count, sample, packet } = crowd
    this.#options.onCrowd({ crowd: asset, count, sample, time, packet })
  }

  #crowd({ zone, scope }: Place, time: number): Crowd {
    const key = `${zone}\n${scope}`
    const most = this.#most(scope)
    let crowd = this.#crowds.get(key)
    if (crowd === undefined) {
      const room = { ...most }
      const listed = LISTED_MAX
      const nothing = { many: undefined, count: 0, toldCount: 0, sample: '', packet: 0 }
      crowd = { room, listed, time, toldAt: -Infinity, ...nothing }
      this.#crowds.set(key, crowd)
    }
    const passed = time - crowd.time
    // What ended is told with the time at which it began; a clock that is put back is another.
    if (passed <= 0 && passed > -HOUR) return crowd
    crowd.time = time
    const more = (Math.max(0, passed) / HOUR) * APART_PER_HOUR
    crowd.listed = Math.min(LISTED_MAX, crowd.listed + more)
    for (const way of ways) crowd.room[way] = Math.min(most[way], crowd.room[way] + more)
    return crowd
  }

  #most(scope: Place['scope']): Readonly<Room> {
    if (!this.learning) return watching
    return scope === 'public' ? internet : APART_LEARNING
  }

  /** A cell counts its address up and all others down, so that it ends with who comes most. */
  #insists(ip: string, time: number): boolean {
    const minute = Math.floor(time / MINUTE)
    if (minute !== this.#minute) {
      this.#minute = minute
      for (const cell of this.#cells) cell.count = 0
    }
    const cell = this.#cells[cellOf(ip)]!
    if (cell.ip === ip) cell.count++
    else if (cell.count > 0) cell.count--
    else {
      cell.ip = ip
      cell.count = 1
    }
    return cell.ip === ip && cell.count >= INSISTS
  }

  #make({ zone, zoneKind, scope }: Place, time: number): Known {
    const asset: Asset = {
      id: this.#options.idOf(`many ${zone} ${scope}`),
      isMany: true,
      ip: [],
      mac: [],
      name: 'many addresses',
      vendor: '',
      roles: [],
      protocols: [],
      identity: {},
      zone,
      zoneKind,
      scope,
      units: [],
      first: time,
      last: time,
      evidence: [],
    }
    return { asset, state: 'told', apart: true, mac: '' }
  }
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), the same on any machine. */
function cellOf(ip: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < ip.length; at++) {
    hash = Math.imul(hash ^ ip.charCodeAt(at), 0x01000193)
  }
  return (hash >>> 16) & (CELLS - 1)
}
