/** The public face of the sensor. */
export type * from './operation.ts'
export { anomalyCodes, operationClasses } from './operation.ts'
export type { Observation } from './observation.ts'
export {
  anomalyRecord,
  conversationRecord,
  eventId,
  identityRecord,
  isoTime,
  operationProtocol,
  operationRecord,
  putAnswer,
  requestFields,
  requestRecord,
  sensorRecord,
} from './observation.ts'
export type { Account, Term } from './accounting/account.ts'
export { identityTitles } from './accounting/account.ts'
export { outcomeWords } from './accounting/identities.ts'
export type { Residue } from './accounting/accounts.ts'
export { accountsOf, residueText, unbalanced } from './accounting/accounts.ts'
export { UPSTREAM_SHARE_MAX, upstreamOf } from './accounting/upstream.ts'
export type {
  Capture,
  CaptureStatus,
  Gap,
  InterfaceStatus,
  LiveOptions,
  PacketBatch,
} from './capture/capture.ts'
export { CaptureError } from './capture/capture.ts'
export { openFile, openStream } from './capture/file.ts'
export { followFile } from './capture/follow.ts'
export type { MergedCapture } from './capture/merge.ts'
export { mergeCaptures } from './capture/merge.ts'
export { fileOpener } from './capture/part.ts'
export { sliceBatch } from './capture/slice.ts'
export { randomSeed } from './capture/seed.ts'
export { commandWords } from './capture/command.ts'
export { interfaceNames } from './capture/interfaces.ts'
export { prepareLive, ways } from './capture/live.ts'
export type { LiveSource, PreparedLive, Way } from './capture/live.ts'
export { checkFilter } from './capture/linux/filter.ts'
export { handedTo } from './capture/linux/privilege.ts'
export { Limits } from './limits.ts'
export { Sensor } from './observe.ts'
export type { CoverageLine, Place, SensorLimits, SensorOptions } from './observe.ts'
export { dissectors } from './protocols/index.ts'
export type { Shard } from './stream/shard.ts'
export { mergeTallies, talliedCounts } from './tallies.ts'
