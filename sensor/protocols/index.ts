/** The table of protocols: the only file that knows every one of them. */
import type { AnyDissector } from './dissector.ts'

export const dissectors: readonly AnyDissector[] = []
