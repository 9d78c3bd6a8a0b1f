/** Keys of a part, while it is shown. Not while someone types, nor under an open dialog. */
import { useEffect, useRef } from 'react'
import { tinykeys } from 'tinykeys'

export type Keys = Readonly<Record<string, (event: KeyboardEvent) => void>>

/** After `g`, the next letter goes somewhere and does nothing else. */
const PREFIX_MS = 1000
let prefixAt = Number.NEGATIVE_INFINITY

function typing(event: KeyboardEvent): boolean {
  const target = event.target
  if (!(target instanceof HTMLElement)) return false
  if (target.closest('dialog[open]') !== null) return true
  // A pressed control does what it says; Enter must not also open a finding.
  if (event.key === 'Enter' && target.closest('button, a, summary, label') !== null) return true
  return target.matches('input:not([type=checkbox]), textarea, select')
}

export function useKeys(keys: Keys): void {
  const latest = useRef(keys)
  useEffect(() => {
    latest.current = keys
  })
  const names = Object.keys(keys).join(' | ')
  useEffect(() => {
    const bound = names.split(' | ').map((name) => [
      name,
      (event: KeyboardEvent) => {
        const alone = !name.startsWith('g ')
        if (alone && event.timeStamp - prefixAt < PREFIX_MS) return
        event.preventDefault()
        latest.current[name]?.(event)
      },
    ])
    return tinykeys(window, Object.fromEntries(bound), { ignore: typing })
  }, [names])
}

/** Bound once by the shell, before any part. */
export function watchPrefix(): () => void {
  const listen = (event: KeyboardEvent): void => {
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey) return
    const wasPrefix = event.timeStamp - prefixAt < PREFIX_MS
    if (event.key === 'g' && !wasPrefix) prefixAt = event.timeStamp
  }
  window.addEventListener('keydown', listen, { capture: true })
  /** The letter after it was heard by every part: the prefix is used up. */
  const forget = (event: KeyboardEvent): void => {
    if (event.key !== 'g') prefixAt = Number.NEGATIVE_INFINITY
  }
  window.addEventListener('keyup', forget)
  return () => {
    window.removeEventListener('keydown', listen, { capture: true })
    window.removeEventListener('keyup', forget)
  }
}
