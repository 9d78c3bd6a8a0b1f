/** Where the bytes of a capture come from: a file or any stream, read as far as is asked for. */
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { CaptureError } from './capture.ts'

export interface ByteSource {
  /** Reads up to `max` bytes to `into[at]` and on; 0 at the end. */
  read(into: Uint8Array, at: number, max: number): Promise<number>
  close(): Promise<void>
  /** Why it ended before its end. */
  readonly problem?: string | undefined
}

/** A file; not opened before the first read. */
export class FileSource implements ByteSource {
  readonly #path: string
  #file: FileHandle | undefined = undefined

  constructor(path: string) {
    this.#path = path
  }

  async read(into: Uint8Array, at: number, max: number): Promise<number> {
    this.#file ??= await openOrExplain(this.#path)
    try {
      return (await this.#file.read(into, at, max)).bytesRead
    } catch (error) {
      throw explain(this.#path, error)
    }
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }
}

/** Standard input, a pipe, or whatever else comes in chunks. */
export class StreamSource implements ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>
  #chunk: Uint8Array = new Uint8Array(0)
  #at = 0
  #ended = false

  constructor(readable: AsyncIterable<Uint8Array>) {
    this.#chunks = readable[Symbol.asyncIterator]()
  }

  async read(into: Uint8Array, at: number, max: number): Promise<number> {
    while (this.#at === this.#chunk.length) {
      const next = await this.#chunks.next()
      this.#ended = next.done === true
      if (next.done === true) return 0
      this.#chunk = next.value
      this.#at = 0
    }
    const count = Math.min(max, this.#chunk.length - this.#at)
    into.set(this.#chunk.subarray(this.#at, this.#at + count), at)
    this.#at += count
    return count
  }

  async close(): Promise<void> {
    if (!this.#ended) await this.#chunks.return?.()
  }
}

/** Waits for a writer where it is a pipe, unless its flags say otherwise. */
export async function openOrExplain(
  path: string,
  flags: string | number = 'r',
): Promise<FileHandle> {
  try {
    const file = await open(path, flags)
    const isDirectory = (await file.stat()).isDirectory()
    if (!isDirectory) return file
    await file.close()
  } catch (error) {
    throw explain(path, error)
  }
  throw new CaptureError(
    'FILE_IS_DIRECTORY',
    `${path} is a directory`,
    `name the files in it: ${path.replace(/\/$/, '')}/*.pcap*`,
  )
}

export function explain(path: string, error: unknown): CaptureError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new CaptureError('FILE_NOT_FOUND', `${path} does not exist`, 'check the path')
  }
  if (code === 'EISDIR') {
    return new CaptureError('FILE_IS_DIRECTORY', `${path} is a directory`, 'name the files in it')
  }
  const remedy = code === 'EACCES' ? `allow it: chmod a+r ${path}` : 'check the disk and the path'
  return new CaptureError('FILE_UNREADABLE', `${path} cannot be read (${code})`, remedy)
}
