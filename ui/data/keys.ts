/** Keys of a part, while it is shown. Not while someone types, nor under an open dialog. */
import { useEffect, useRef } from 'react'
import { tinykeys } from 'tinykeys'
import { Prefix } from './prefix.ts'

export type Keys = Readonly<Record<string, (event: KeyboardEvent) => void>>

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
        event.preventDefault()
        latest.current[name]?.(event)
      },
    ])
    return tinykeys(window, Object.fromEntries(bound), { ignore: typing })
  }, [names])
}

/**
 * The letters after `g`: heard here before any part hears them, so that `g c` closes nothing. A
 * sequence bound as such would keep the others that begin with `g` waiting after its end.
 */
export function usePlaces(places: Keys): void {
  const latest = useRef(places)
  useEffect(() => {
    latest.current = places
  })
  useEffect(() => {
    const prefix = new Prefix()
    const listen = (event: KeyboardEvent): void => {
      if (event.repeat || typing(event) || prefix.hear(event) !== 'goes') return
      event.preventDefault()
      event.stopPropagation()
      latest.current[event.key.toLowerCase()]?.(event)
    }
    window.addEventListener('keydown', listen, { capture: true })
    return () => window.removeEventListener('keydown', listen, { capture: true })
  }, [])
}
