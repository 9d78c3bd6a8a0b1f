/** Captures in files and on pipes: one reader for both, in large chunks. */
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Capture, CaptureStatus, PacketBatch } from './capture.ts'
import { CaptureError } from './capture.ts'
import { CHUNK_BYTES, RecordReader } from './records.ts'

export interface ReadOptions {
  readonly chunkBytes?: number
}

/** A capture file. Nothing is opened before the first batch is asked for. */
export function openFile(path: string, options: ReadOptions = {}): Capture {
  return new FileCapture(path, options.chunkBytes ?? CHUNK_BYTES)
}

/** Standard input, or any stream of bytes: read as it comes. */
export function openStream(
  readable: AsyncIterable<Uint8Array>,
  name: string,
  options: ReadOptions = {},
): Capture {
  return new StreamCapture(readable, name, options.chunkBytes ?? CHUNK_BYTES)
}

/** What both have in common. */
class ReaderCapture {
  protected readonly reader: RecordReader
  protected readonly chunkBytes: number
  protected closed = false
  readonly #name: string

  constructor(name: string, chunkBytes: number) {
    this.#name = name
    this.chunkBytes = chunkBytes
    this.reader = new RecordReader(name, chunkBytes)
  }

  status(): CaptureStatus {
    const reader = this.reader
    return {
      name: this.#name,
      packets: reader.packets,
      bytes: reader.broken ? reader.position : reader.position + (reader.end - reader.start),
      first: reader.firstTime,
      last: reader.firstTime === undefined ? undefined : reader.lastTime,
      linkTypes: reader.linkTypes,
      truncated: reader.truncated,
      dropped: reader.dropped,
    }
  }
}

class FileCapture extends ReaderCapture implements Capture {
  readonly #path: string
  #file: FileHandle | undefined = undefined

  constructor(path: string, chunkBytes: number) {
    super(path, chunkBytes)
    this.#path = path
  }

  async *batches(): AsyncGenerator<PacketBatch> {
    const reader = this.reader
    const file = await openOrExplain(this.#path)
    this.#file = file
    try {
      while (!this.closed && !reader.broken) {
        const room = Math.min(reader.room(), this.chunkBytes)
        const bytesRead = await readOrExplain(file, this.#path, reader, room)
        if (bytesRead === 0) {
          reader.finish()
          return
        }
        reader.end += bytesRead
        while (reader.parse()) yield reader.batch
      }
    } finally {
      await this.close()
    }
  }

  async close(): Promise<void> {
    this.closed = true
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }
}

class StreamCapture extends ReaderCapture implements Capture {
  readonly #readable: AsyncIterable<Uint8Array>

  constructor(readable: AsyncIterable<Uint8Array>, name: string, chunkBytes: number) {
    super(name, chunkBytes)
    this.#readable = readable
  }

  async *batches(): AsyncGenerator<PacketBatch> {
    const reader = this.reader
    for await (const chunk of this.#readable) {
      let at = 0
      while (at < chunk.length) {
        const count = Math.min(reader.room(), this.chunkBytes, chunk.length - at)
        reader.bytes.set(chunk.subarray(at, at + count), reader.end)
        reader.end += count
        at += count
        while (reader.parse()) yield reader.batch
        if (reader.broken) return
      }
      if (this.closed) return
    }
    reader.finish()
  }

  close(): Promise<void> {
    this.closed = true
    return Promise.resolve()
  }
}

async function openOrExplain(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r')
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

async function readOrExplain(
  file: FileHandle,
  path: string,
  reader: RecordReader,
  count: number,
): Promise<number> {
  try {
    return (await file.read(reader.bytes, reader.end, count)).bytesRead
  } catch (error) {
    throw explain(path, error)
  }
}

function explain(path: string, error: unknown): CaptureError {
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
