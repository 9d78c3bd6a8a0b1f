/** What the parsers of both formats have in common. */

/** Largest captured length, unless the file's own snap length is larger (up to the next bound). */
export const RECORD_BYTES_MAX = 256 * 1024
export const SNAPLEN_BYTES_MAX = 16 * 1024 * 1024

/** Parsers say how they stopped. */
export const NEED_MORE = 0
export const BATCH_FULL = 1
/** What follows cannot be read: `broken` says why. */
export const BROKEN = 2
