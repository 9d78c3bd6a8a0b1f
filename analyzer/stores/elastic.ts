/**
 * The way to what installs and looks after a cluster. Loaded when it is asked for: the client of
 * the cluster takes 84 MB, and most hosts have none.
 */
export type { Check } from './elastic/doctor.ts'
export type { Retention } from './elastic/lifecycle.ts'
export type { Installed } from './elastic/setup.ts'

export async function loadElastic(): Promise<typeof import('./elastic/install.ts')> {
  return await import('./elastic/install.ts')
}
