/**
 * The write-ahead log as it is taken up again. After a sync that failed the system takes for
 * written what never reached the disk, and so does whoever reads the file (fsync(2), Notes): a
 * transaction that was refused for it comes back whole, and what is appended to it would be gone
 * with it at the next power cut. Written once more and synced, the log is what it says.
 */
import { closeSync, existsSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

const PIECE_BYTES = 1 << 20

/** Of a connection that has just been opened; nobody else writes meanwhile. */
export function rewriteLog(db: DatabaseSync, file: string): void {
  const path = `${file}-wal`
  if (!existsSync(path)) return
  db.exec('BEGIN IMMEDIATE')
  try {
    const fd = openSync(path, 'r+')
    try {
      rewrite(fd)
    } finally {
      closeSync(fd)
    }
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK')
  }
}

function rewrite(fd: number): void {
  const { size } = fstatSync(fd)
  if (size === 0) return
  const piece = Buffer.alloc(Math.min(size, PIECE_BYTES))
  for (let at = 0; at < size;) {
    const read = readSync(fd, piece, 0, piece.length, at)
    if (read === 0) break
    for (let done = 0; done < read;) done += writeSync(fd, piece, done, read - done, at + done)
    at += read
  }
  fsyncSync(fd)
}
