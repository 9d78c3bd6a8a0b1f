import { expect, test } from 'vitest'
import type { Capture, CaptureStatus, PacketBatch } from './capture.ts'
import { SeveralCaptures } from './several.ts'

function batch(count: number, name: string): PacketBatch {
  return { count, first: 1, interface: name } as unknown as PacketBatch
}

class Fake implements Capture {
  readonly #status: Partial<CaptureStatus>
  readonly #steps: (() => Promise<PacketBatch>)[]
  closed = false

  constructor(status: Partial<CaptureStatus>, steps: (() => Promise<PacketBatch>)[]) {
    this.#status = status
    this.#steps = steps
  }

  async *batches(): AsyncGenerator<PacketBatch> {
    for (const step of this.#steps) yield await step()
  }

  status(): CaptureStatus {
    return { linkTypes: [1], bytes: 10, packets: 0, ...this.#status } as CaptureStatus
  }

  close(): Promise<void> {
    this.closed = true
    return Promise.resolve()
  }
}

const now = (count: number, name: string) => () => Promise.resolve(batch(count, name))

async function read(capture: Capture): Promise<string[]> {
  const seen: string[] = []
  for await (const { first, count, interface: name } of capture.batches()) {
    seen.push(`${name} ${first}+${count}`)
  }
  return seen
}

test('batches come as they come, and packets are numbered through', async () => {
  let release = (): void => {}
  const late = new Promise<void>((resolve) => (release = resolve))
  const slow = new Fake({}, [() => late.then(() => batch(5, 'slow')), now(1, 'slow')])
  const fast = new Fake({}, [
    now(2, 'fast'),
    now(3, 'fast'),
    () => {
      release()
      return late.then(() => batch(4, 'fast'))
    },
  ])
  const seen = await read(new SeveralCaptures([slow, fast]))
  expect(seen.slice(0, 2)).toEqual(['fast 1+2', 'fast 3+3'])
  expect(seen).toHaveLength(5)
  const numbered = seen.map((text) => /(\d+)\+(\d+)/.exec(text)?.slice(1).map(Number) as number[])
  numbered.reduce((next, [first, count = 0]) => {
    expect(first).toBe(next)
    return next + count
  }, 1)
  expect(slow.closed && fast.closed).toBe(true)
})

test('an error of one is the error of all, and all are closed', async () => {
  const good = new Fake({}, [now(1, 'a'), () => new Promise(() => {})])
  const bad = new Fake({}, [() => Promise.reject(new Error('gone'))])
  const capture = new SeveralCaptures([new Fake({}, [now(1, 'b')]), bad])
  await expect(read(capture)).rejects.toThrow('gone')
  expect(bad.closed).toBe(true)
  expect(good.closed).toBe(false)
})

test('a sum of losses is said only where all can say theirs', () => {
  const a = new Fake({ name: 'a', dropped: 2, first: 5, last: 9 }, [])
  const b = new Fake({ name: 'b', dropped: 3, first: undefined, last: undefined }, [])
  const c = new Fake({ name: 'c', dropped: undefined, first: 3, last: 4 }, [])
  const status = new SeveralCaptures([a, b]).status()
  expect(status).toMatchObject({ name: 'a, b', dropped: 5, first: 5, last: 9, bytes: 20 })
  expect(new SeveralCaptures([a, b, c]).status()).toMatchObject({ dropped: undefined, first: 3 })
})
