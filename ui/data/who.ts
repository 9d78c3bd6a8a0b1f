/**
 * Who acts in this browser: there are no accounts, so a person is the name typed here. Asked for
 * once, after the first act, without standing in the way of it.
 */
const KEY = 'fieldtap.who'

let current = stored()
/** Acts that went out without a name. */
let nameless = 0
let declined = false
const listeners = new Set<() => void>()

/** A browser that refuses storage keeps it for this page. */
function stored(): string {
  try {
    return localStorage.getItem(KEY) ?? ''
  } catch {
    return ''
  }
}

/** What is not seen would be refused with every act. */
function readable(name: string): string {
  return name.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()
}

function tell(): void {
  for (const listener of listeners) listener()
}

export const who = {
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  name: (): string => current,
  /** Somebody acts, and nobody said who. */
  asked: (): boolean => nameless > 0 && current === '' && !declined,
  set: (name: string): void => {
    current = readable(name)
    declined = current === ''
    try {
      localStorage.setItem(KEY, current)
    } catch {
      // For this page only.
    }
    tell()
  },
  /** What a request that changes something says of who sends it. */
  sign: (): { who?: string } => {
    if (current !== '') return { who: current }
    nameless++
    tell()
    return {}
  },
}
