/** Fates of documents as errors of the store, for who waits for all of them. */
import type { Fate } from '../delivery/cluster.ts'
import { StoreError } from '../store.ts'

export function expectDone(fates: readonly Fate[]): void {
  const failed = fates.find(({ kind }) => kind !== 'done')
  if (failed !== undefined) throw errorOf(failed)
}

function errorOf(fate: Fate): StoreError {
  const unavailable = (message: string, remedy: string): StoreError =>
    new StoreError('STORE_UNAVAILABLE', message, remedy)
  switch (fate.kind) {
    case 'refused':
      return new StoreError(
        'STORE_REFUSED',
        `the cluster refuses it: ${fate.status} ${fate.reason}`,
        'Look at the key and its rights: fieldtap elastic doctor.',
      )
    case 'rejected': {
      const { status, type, reason } = fate
      const message = `the cluster takes no such document: ${status} ${type}: ${reason}`
      return unavailable(message, 'Run fieldtap elastic setup.')
    }
    case 'later':
      return unavailable(
        `the cluster puts it off: ${fate.status} ${fate.reason}`,
        'Try again in a moment.',
      )
    case 'too-large':
      return unavailable(
        'the cluster takes no request of that size',
        'Raise http.max_content_length there.',
      )
    case 'away':
      return unavailable(fate.reason, 'It goes on by itself when the cluster is back.')
    default: {
      const message = `what came of it is not known${'reason' in fate ? `: ${fate.reason}` : ''}`
      return unavailable(message, 'Look whether it is there, then try again.')
    }
  }
}
