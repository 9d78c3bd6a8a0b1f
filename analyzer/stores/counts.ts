/** Questions whose answers are numbers: how many over time, and how many of each. */

export interface Bucket {
  /** It begins here, and ends where the next one begins. */
  from: string
  count: number
}

export interface Group {
  value: string
  count: number
  /** Time of the newest of them. */
  last: string
}

/** `isComplete` is false where counting took too long: what is there is a part. */
export interface Counted<T> {
  rows: T[]
  isComplete: boolean
}

export const findingGroups = [
  'rule',
  'severity',
  'state',
  'source',
  'target',
  'sensor',
  'site',
] as const
export type FindingGroup = (typeof findingGroups)[number]
export const operationGroups = [
  'class',
  'action',
  'protocol',
  'source',
  'target',
  'sensor',
  'site',
] as const
export type OperationGroup = (typeof operationGroups)[number]

/** Steps of one histogram, and rows of one grouping, at most. */
export const BUCKETS_MAX = 500
export const GROUPS_MAX = 1000
