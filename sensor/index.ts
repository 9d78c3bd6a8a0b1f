/** The public face of the sensor. */
export type * from './operation.ts'
export { anomalyCodes, operationClasses } from './operation.ts'
export type { Capture, CaptureStatus, PacketBatch } from './capture/capture.ts'
export { CaptureError } from './capture/capture.ts'
