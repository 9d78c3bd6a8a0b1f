import { useSyncExternalStore } from 'react'

/** Below this the two panes fold into one; the same width stands in `styles/findings.css`. */
const query = matchMedia('(max-width: 899px)')

function subscribe(listener: () => void): () => void {
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}

export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches)
}
