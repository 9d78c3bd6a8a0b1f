/** What the console can see of a disk on which the sensor no longer writes. */
import { statfsSync } from 'node:fs'

/** Less than the sensor writes in a second of a busy plant. */
const FREE_BYTES_MIN = 1 << 20

export function diskTrouble(folder: string): string | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize < FREE_BYTES_MIN ? `The disk that holds ${folder} is full` : undefined
  } catch (error) {
    return `The folder ${folder} cannot be read: ${(error as Error).message}`
  }
}
