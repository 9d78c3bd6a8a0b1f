/** One message at a time: what was done, and for ten seconds the way back. */
export interface Toast {
  id: number
  text: string
  kind: 'done' | 'failed'
  undo?: () => void
}

const TOAST_MS = 10_000

let current: Toast | undefined
let next = 1
let timer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

function set(toast: Toast | undefined): void {
  current = toast
  for (const listener of listeners) listener()
}

/** What `u` takes back when no message offers it: set by the page that has something. */
let otherwise: (() => void) | undefined

export const toasts = {
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  current: (): Toast | undefined => current,
  show: (toast: Omit<Toast, 'id'>): void => {
    clearTimeout(timer)
    set({ ...toast, id: next++ })
    timer = setTimeout(() => set(undefined), TOAST_MS)
  },
  dismiss: (): void => {
    clearTimeout(timer)
    set(undefined)
  },
  undo: (): void => (current?.undo ?? otherwise)?.(),
  otherwise: (back: (() => void) | undefined): void => {
    otherwise = back
  },
}
