/** Numbers instead of rows: how many over time, and how many of each. */
import { Type } from 'typebox'
import { BUCKETS_MAX, GROUPS_MAX, findingGroups, operationGroups } from '../stores/counts.ts'
import { errors } from './answers.ts'
import type { App, Context } from './app.ts'
import { findingFilters, findingQuery } from './findings.ts'
import { closed } from './query.ts'
import { BucketRow, GroupRow } from './schema.ts'
import { operationFilters, operationQuery } from './traffic.ts'

const BUCKETS_DEFAULT = 60
const GROUPS_DEFAULT = 20

const bucketCount = {
  buckets: Type.Optional(Type.Integer({ minimum: 1, maximum: BUCKETS_MAX })),
}
const groupSize = { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: GROUPS_MAX })) }

const FindingHistogram = Type.Object({ ...findingFilters, ...bucketCount }, closed)
const OperationHistogram = Type.Object({ ...operationFilters, ...bucketCount }, closed)
const FindingGroups = Type.Object(
  { ...findingFilters, ...groupSize, by: Type.Union(findingGroups.map((by) => Type.Literal(by))) },
  closed,
)
const OperationGroups = Type.Object(
  {
    ...operationFilters,
    ...groupSize,
    by: Type.Union(operationGroups.map((by) => Type.Literal(by))),
  },
  closed,
)

/** `isComplete` is false where counting took too long. */
const histogram = { 200: Type.Object({ rows: Type.Array(BucketRow), isComplete: Type.Boolean() }) }
const groups = { 200: Type.Object({ rows: Type.Array(GroupRow), isComplete: Type.Boolean() }) }

export function countRoutes(app: App, { store }: Context): void {
  app.get(
    '/api/findings/histogram',
    { schema: { querystring: FindingHistogram, response: { ...histogram, ...errors } } },
    async ({ query }) =>
      store.findingHistogram(findingQuery(query), query.buckets ?? BUCKETS_DEFAULT),
  )
  app.get(
    '/api/findings/groups',
    { schema: { querystring: FindingGroups, response: { ...groups, ...errors } } },
    async ({ query }) =>
      store.groupFindings(findingQuery(query), query.by, query.limit ?? GROUPS_DEFAULT),
  )
  app.get(
    '/api/operations/histogram',
    { schema: { querystring: OperationHistogram, response: { ...histogram, ...errors } } },
    async ({ query }) =>
      store.operationHistogram(operationQuery(query), query.buckets ?? BUCKETS_DEFAULT),
  )
  app.get(
    '/api/operations/groups',
    { schema: { querystring: OperationGroups, response: { ...groups, ...errors } } },
    async ({ query }) =>
      store.groupOperations(operationQuery(query), query.by, query.limit ?? GROUPS_DEFAULT),
  )
}
