/** A secret for hash tables, so that nobody can choose addresses that collide in them. */
import { randomInt } from 'node:crypto'

export function randomSeed(): number {
  return randomInt(2 ** 31)
}
