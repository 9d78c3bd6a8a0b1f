/** What `fieldtap elastic` and the shipper's upkeep use. */
export { connect, storeErrorOf } from './client.ts'
export { dashboards } from './dashboards.ts'
export { doctor } from './doctor.ts'
export { maintain } from './lifecycle.ts'
export { namesOf } from './names.ts'
export { lifecycleOf } from './probe.ts'
export { setup } from './setup.ts'
