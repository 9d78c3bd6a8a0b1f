/** How documents reach the cluster, in words. */
import type { Delivery } from '../../analyzer/api/schema.ts'
import { plural } from './number.ts'
import { duration } from './time.ts'

type State = NonNullable<Delivery['state']>['state']

const words: Readonly<Record<State, string>> = {
  idle: 'Everything was delivered.',
  sending: 'Documents are being sent.',
  away: 'The cluster cannot be reached. Nothing is lost: it is sent when the cluster is back.',
  refused: 'The cluster refuses this sensor. Somebody has to mend it; until then it is kept here.',
  blocked: 'The cluster takes nothing at present. It is tried again.',
}

/** Grey: all is well or will be; amber: somebody should look. */
export function deliveryLevel({ isRunning, state, backlog }: Delivery): 'grey' | 'amber' {
  const isWell = isRunning && (state?.state === 'idle' || state?.state === 'sending')
  return isWell && backlog.dead_letters === 0 && backlog.lost === 0 ? 'grey' : 'amber'
}

export function deliveryWords({ isRunning, state, backlog }: Delivery): string {
  if (state === null) return 'The process that sends has not said anything yet.'
  if (!isRunning) return 'The process that sends has stopped: see that `fieldtap shipper` runs.'
  // What waits is seen before the process that sends has said so.
  const isBehind = state.state === 'idle' && backlog.documents + backlog.observations > 0
  return words[isBehind ? 'sending' : state.state]
}

export function waitingWords({
  documents,
  observations,
  oldest_ms: age,
}: Delivery['backlog']): string {
  const what = [
    documents === 0 ? '' : plural(documents, 'document'),
    observations === 0 ? '' : plural(observations, 'observation'),
  ].filter(Boolean)
  return what.length === 0 ? 'nothing' : `${what.join(' and ')}, the oldest for ${duration(age)}`
}
