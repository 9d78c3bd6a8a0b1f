/** The declared zones and conduits of a site, resolved: what the file means once it is read. */
import type { Prefix } from './address.ts'

/** Reserved ids (policy.md B3): usable in `from` and `to`, never declared. */
export const EXTERNAL = 'external'
export const UNASSIGNED = 'unassigned'

/** Seventeen codes; where several apply, the first of the list is told (policy.md B3, rule 4). */
export const violationCodes = [
  'V-NOCONDUIT',
  'V-DIRECTION',
  'V-ENDPOINT',
  'V-PORT',
  'V-PROTOCOL',
  'V-OPERATION',
  'V-TARGET',
  'V-VALUE',
  'V-SECURITY',
  'V-RATE',
  'V-SCHEDULE',
  'V-UNASSIGNED',
  'V-IDENTITY',
  'V-BRIDGE',
  'V-BROADCAST',
  'V-BROKER',
  'V-SLGAP',
] as const
export type ViolationCode = (typeof violationCodes)[number]

export interface DeclaredAsset {
  readonly name: string
  readonly ip: string
  /** As ECS writes it, '' where not given. */
  readonly mac: string
  readonly line: number
}

export interface Group {
  readonly name: string
  readonly members: readonly string[]
  readonly line: number
}

export interface UnitRange {
  readonly first: number
  readonly last: number
  readonly zone: string
}

export interface Member {
  readonly zone: string
  /** Undefined: every private address of the VLAN. */
  readonly prefix: Prefix | undefined
  readonly vlan: number | undefined
  /** Serial devices behind a gateway that are in other zones than it. */
  readonly units: readonly UnitRange[]
  readonly line: number
}

export interface Zone {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly parent: string
  /** Highest of its seven target levels, 0 where none is given. */
  readonly slT: number
  readonly members: readonly Member[]
  readonly line: number
}

/** Addresses and prefixes that a name stands for. */
export type Parties = readonly Prefix[]

export interface FunctionCode {
  readonly code: number
  /** Subfunction or MEI type; undefined: any. */
  readonly sub: number | undefined
}

export interface Ops {
  readonly classes: ReadonlySet<string>
  readonly functions: readonly FunctionCode[]
}

export interface Span {
  readonly first: number
  readonly last: number
}

export interface Command {
  readonly types: readonly string[] | undefined
  readonly edges: readonly string[] | undefined
  readonly metrics: readonly string[] | undefined
}

/** One line of `allow` or `deny`. What is undefined does not restrict. */
export interface Entry {
  /** Of a deny line, else ''. */
  readonly id: string
  readonly ops: Ops | undefined
  readonly units: readonly Span[] | undefined
  readonly ranges: ReadonlyMap<string, readonly Span[]> | undefined
  readonly services: ReadonlySet<string> | undefined
  readonly nodes: readonly string[] | undefined
  readonly methods: readonly string[] | undefined
  readonly clientIds: readonly string[] | undefined
  readonly publish: readonly string[] | undefined
  readonly subscribe: readonly string[] | undefined
  readonly commands: readonly Command[] | undefined
  readonly qosMax: number | undefined
  readonly retain: boolean | undefined
  readonly line: number
}

export interface Security {
  readonly modes: readonly string[] | undefined
  readonly policies: readonly string[] | undefined
  readonly anonymous: boolean | undefined
}

export interface Channel {
  readonly protocol: string
  readonly transport: string | undefined
  readonly clients: Parties | undefined
  readonly servers: Parties | undefined
  readonly ports: readonly number[] | undefined
  readonly security: Security | undefined
  readonly tlsRequired: boolean
  /** Undefined: every operation of the protocol. */
  readonly allow: readonly Entry[] | undefined
  readonly deny: readonly Entry[]
  readonly line: number
}

export interface Conduit {
  readonly id: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly slT: number
  readonly purpose: string
  readonly channels: readonly Channel[]
  readonly line: number
}

/** A window or an exception: from when to when, and what it lets pass. */
export interface Waiver {
  readonly id: string
  readonly kind: 'window' | 'exception'
  /** µs, the end exclusive. */
  readonly start: number
  readonly end: number
  /** Undefined: the zones say where. */
  readonly conduits: readonly string[] | undefined
  readonly from: string | undefined
  readonly to: string | undefined
  readonly clients: Parties | undefined
  readonly servers: Parties | undefined
  /** Undefined: everything. */
  readonly permits: readonly { protocol: string | undefined; ops: Ops | undefined }[] | undefined
  readonly lifts: readonly string[]
  readonly line: number
}

export interface Defaults {
  readonly interZone: 'deny' | 'observe'
  /** µs. */
  readonly observeUntil: number
  readonly intraZone: 'baseline' | 'allow' | 'deny'
  readonly unassigned: 'violation' | 'observe'
  readonly unknownProtocol: 'violation' | 'observe'
  readonly opaque: 'not-assessable' | 'violation'
  readonly line: number
}

export interface Policy {
  readonly file: string
  readonly site: string
  readonly version: number
  readonly owner: string
  readonly approvedAt: string
  readonly defaults: Defaults
  readonly assets: readonly DeclaredAsset[]
  readonly groups: readonly Group[]
  readonly zones: readonly Zone[]
  readonly conduits: readonly Conduit[]
  readonly waivers: readonly Waiver[]
  /** Ids of conduits that a sensor covers; undefined: nobody said, so all of them. */
  readonly covered: ReadonlySet<string> | undefined
  /** Declarations that are kept for the reports and judge nothing yet, with their line. */
  readonly notJudged: readonly { readonly what: string; readonly line: number }[]
}
