/** What tests of setup and doctor look at. */
import type { Check } from './doctor.ts'
import { storeErrorOf } from './client.ts'

export const retention = { days: 30, findingsDays: 400 }

/** What the doctor finds wrong. */
export function failures(checks: readonly Check[]): string[] {
  return checks.filter(({ ok }) => !ok).map(({ what }) => what)
}

/** How something was refused. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'nothing was refused'
  } catch (error) {
    return storeErrorOf(error).code
  }
}
