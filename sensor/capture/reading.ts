/** Follows a file and keeps what is read of it, as it comes: for tests. */
import { utimesSync, writeFileSync } from 'node:fs'
import type { Capture } from './capture.ts'
import { followFile } from './follow.ts'
import { pcapFile, record } from './written.ts'

export const header = pcapFile(true, 0xa1b2c3d4, 65_535, [])
const PACKET_BYTES = 20
export const hexOf = (n: number) => Buffer.alloc(PACKET_BYTES, n).toString('hex')
export const packet = (n: number) => record(true, [n, 0], hexOf(n))

/** What is read, as it comes. */
export class Reading {
  readonly capture: Capture
  readonly lines: string[] = []
  idle = 0
  error: unknown = undefined
  readonly over: Promise<void>
  #look: () => void = () => {}

  constructor(path: string) {
    this.capture = followFile(path)
    this.over = this.#read().catch((error: unknown) => {
      this.error = error
      this.#look()
    })
  }

  async #read(): Promise<void> {
    for await (const batch of this.capture.batches()) {
      if (batch.count === 0) this.idle++
      for (let i = 0; i < batch.count; i++) {
        const at = batch.offset[i] as number
        const data = batch.bytes.subarray(at, at + (batch.captured[i] as number))
        this.lines.push(`${batch.first + i} ${Buffer.from(data).toString('hex')}`)
      }
      this.#look()
    }
  }

  /** Resolves once it holds; the test's own time limit is the only one. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#look = resolve
      })
    }
  }

  async end(): Promise<void> {
    await this.capture.close()
    await this.over
  }
}

export const gapsOf = (reading: Reading): string[] => {
  const gaps = reading.capture.status().interfaces?.[0]?.gaps ?? []
  return gaps.map(({ reason }) => reason)
}

/** Last written in second `n`, so that the order of files is that of their times. */
export function write(path: string, n: number, ...more: Buffer[]): void {
  writeFileSync(path, Buffer.concat([header, packet(n), ...more]))
  utimesSync(path, START + n, START + n)
}

export const START = 1.7e9
export const lineOf = (n: number, number = n) => `${number} ${hexOf(n)}`
