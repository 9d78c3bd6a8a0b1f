/** Several live captures as one: their batches come as they come, packets are counted through. */
import type { Capture, CaptureStatus, PacketBatch } from './capture.ts'

type Answer = { readonly capture: Source } & (
  | { readonly result: IteratorResult<PacketBatch> }
  | { readonly error: unknown }
)

interface Source {
  readonly iterator: AsyncIterator<PacketBatch>
}

export class SeveralCaptures implements Capture {
  readonly #captures: readonly Capture[]
  #packets = 0

  constructor(captures: readonly Capture[]) {
    this.#captures = captures
  }

  async *batches(): AsyncGenerator<PacketBatch> {
    const answers: Answer[] = []
    let wake = (): void => {}
    // One promise of each is waited for once: racing them would keep every loser for ever.
    const ask = (capture: Source): void => {
      const tell = (answer: Answer): void => {
        answers.push(answer)
        wake()
      }
      capture.iterator.next().then(
        (result) => tell({ capture, result }),
        (error: unknown) => tell({ capture, error }),
      )
    }
    const sources = this.#captures.map((capture): Source => {
      return { iterator: capture.batches()[Symbol.asyncIterator]() }
    })
    let open = sources.length
    try {
      sources.forEach(ask)
      while (open > 0) {
        const answer = answers.shift()
        if (answer === undefined) {
          await new Promise<void>((resolve) => (wake = resolve))
          continue
        }
        if ('error' in answer) throw answer.error
        const { result } = answer
        if (result.done === true) {
          open--
          continue
        }
        const batch = result.value
        batch.first = this.#packets + 1
        this.#packets += batch.count
        yield batch
        ask(answer.capture)
      }
    } finally {
      await this.close()
      await Promise.allSettled(sources.map(async ({ iterator }) => iterator.return?.()))
    }
  }

  status(): CaptureStatus {
    const all = this.#captures.map((capture) => capture.status())
    const first = all.flatMap((status) => status.first ?? [])
    const last = all.flatMap((status) => status.last ?? [])
    const dropped = all.map((status) => status.dropped)
    return {
      name: all.map(({ name }) => name).join(', '),
      packets: this.#packets,
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      first: first.length === 0 ? undefined : Math.min(...first),
      last: last.length === 0 ? undefined : Math.max(...last),
      linkTypes: [...new Set(all.flatMap(({ linkTypes }) => linkTypes))],
      truncated: undefined,
      // One that cannot say makes the sum a guess.
      dropped: dropped.includes(undefined) ? undefined : sumOf(dropped),
      interfaces: all.flatMap(({ interfaces = [] }) => interfaces),
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#captures.map((capture) => capture.close()))
  }
}

function sumOf(numbers: readonly (number | undefined)[]): number {
  return numbers.reduce<number>((sum, number) => sum + (number ?? 0), 0)
}
