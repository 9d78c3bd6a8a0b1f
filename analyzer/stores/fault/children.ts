/** Programs of this folder as processes of their own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { text } from 'node:stream/consumers'
import type { ChildProcess } from 'node:child_process'

export type Program = 'session' | 'cutter' | 'faults'

export function start(
  program: Program,
  input: object,
  env: NodeJS.ProcessEnv = process.env,
  flags: readonly string[] = [],
): ChildProcess {
  const file = fileURLToPath(new URL(`${program}.ts`, import.meta.url))
  return spawn(process.execPath, [...flags, file, JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  })
}

/** What it prints, once it has ended well. */
export async function run(...of: Parameters<typeof start>): Promise<string> {
  const child = start(...of)
  const [said, [code]] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  if (code !== 0) throw new Error(`${of[0]} ended with ${code}`)
  return said
}
