/** What the parsers of both formats have in common. */

/** Largest captured length, unless the file's own snap length is larger (up to the next bound). */
export const RECORD_BYTES_MAX = 256 * 1024
export const SNAPLEN_BYTES_MAX = 16 * 1024 * 1024
/** Overhead of a block of pcapng before options, and what options may add. */
export const BLOCK_EXTRA_BYTES = 64 * 1024
/** Link types that are listed of a capture; all packets are read all the same. */
export const LINK_TYPES_MAX = 64

/** Parsers say how they stopped. */
export const NEED_MORE = 0
export const BATCH_FULL = 1
/** What follows cannot be read: `broken` says why. */
export const BROKEN = 2
