/** What is on its way to the cluster, and what the cluster would not take. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { DeadLetterRow, Delivery } from '../../analyzer/api/schema.ts'
import { ApiFailure, send } from '../data/api.ts'
import { client } from '../data/client.ts'
import { deliveryQuery, lettersQuery } from '../data/queries.ts'
import { toasts } from '../data/toasts.ts'
import { who } from '../data/who.ts'
import { deliveryLevel, deliveryWords, waitingWords } from '../text/delivery.ts'
import { count, plural } from '../text/number.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { When } from './when.tsx'
import { Wire } from './wire.tsx'

export function DeliveryBlock() {
  const delivery = useQuery(deliveryQuery).data
  if (delivery === undefined) return null
  const level = deliveryLevel(delivery)
  return (
    <section>
      <h2>Delivery to the cluster</h2>
      <div className={level === 'grey' ? 'level' : `level level-${level}`}>
        <p>
          {level === 'grey' ? '●' : '▲'} {deliveryWords(delivery)}
        </p>
        {delivery.state !== null && delivery.state.reason !== '' && (
          <p>
            <Wire text={delivery.state.reason} limit={400} />
          </p>
        )}
      </div>
      <Figures delivery={delivery} />
      {delivery.backlog.dead_letters > 0 && <Letters />}
    </section>
  )
}

function Figures({ delivery: { state, backlog } }: { delivery: Delivery }) {
  return (
    <dl className="facts">
      {state !== null && state.server !== '' && (
        <>
          <dt>Cluster</dt>
          <dd>
            <Wire text={state.server} limit={160} mono />
          </dd>
        </>
      )}
      {state !== null && (
        <>
          <dt>Since</dt>
          <dd>
            <When iso={state.since} long focusable />
          </dd>
        </>
      )}
      <dt>Waiting</dt>
      <dd className="tabular">{waitingWords(backlog)}</dd>
      {state !== null && (
        <>
          <dt>Sent</dt>
          <dd className="tabular">
            {count(state.sent)}, {count(state.retried)} tried again, {count(state.repeated)} were
            there already
          </dd>
        </>
      )}
      {backlog.lost > 0 && (
        <>
          <dt>Never sent</dt>
          <dd>
            <span className="warning">
              {plural(backlog.lost, 'observation')}: the quota of the store deleted them first.
            </span>
          </dd>
        </>
      )}
      {state !== null && state.held > 0 && (
        <>
          <dt>Held back</dt>
          <dd>
            <span className="warning">
              {plural(state.held, 'decision')} made elsewhere: no trusted key has signed them.
            </span>
          </dd>
        </>
      )}
    </dl>
  )
}

function Letters() {
  const page = useQuery(lettersQuery).data
  const rows = page?.rows ?? []
  const total = page?.total ?? 0
  return (
    <>
      <h3>Refused by the cluster</h3>
      <p>
        {plural(total, 'document')} {total === 1 ? 'was' : 'were'} refused for what{' '}
        {total === 1 ? 'it is' : 'they are'}. Nothing is lost here: mend the cause, then send again.
      </p>
      <div className="choices">
        <Button onPress={() => void replay(undefined)}>Send all again</Button>
      </div>
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Refused by the cluster">
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Document</th>
              <th scope="col">Why</th>
              <th scope="col">When</th>
              <th scope="col">
                <span className="hidden">What to do</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Letter key={row.id} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      {rows.length < total && <p className="dim">and {count(total - rows.length)} older ones</p>}
    </>
  )
}

function Letter({ row }: { row: DeadLetterRow }) {
  const [asks, setAsks] = useState(false)
  return (
    <tr>
      <th scope="row">
        {row.kind} <Wire text={row.id} limit={24} mono copy />
        <br />
        <span className="dim">
          for <Wire text={row.place} limit={60} mono />
        </span>
      </th>
      <td>
        {row.status} <Wire text={row.type} limit={60} mono />
        <br />
        <Wire text={row.reason} limit={300} />
      </td>
      <td>
        <When iso={row.time} focusable />
        {row.tries > 1 && <span className="dim"> after {plural(row.tries, 'try', 'tries')}</span>}
      </td>
      <td>
        <span className="choices">
          <Button onPress={() => void replay([row.id])} tip="Send this document again">
            Replay
          </Button>
          <Button kind="quiet" onPress={() => setAsks(true)} tip="Give this document up">
            Discard
          </Button>
        </span>
        {asks && <DiscardDialog row={row} onDone={() => setAsks(false)} />}
      </td>
    </tr>
  )
}

/** There is no way back. */
function DiscardDialog({ row, onDone }: { row: DeadLetterRow; onDone: () => void }) {
  const discard = (): void => {
    onDone()
    void ask('discard', { ids: [row.id], ...who.sign() }, 'Discarded')
  }
  return (
    <Dialog title="Discard this document?" onClose={onDone}>
      <p>
        The {row.kind} never reaches the cluster, and cannot be sent again. What this machine’s own
        store holds stays.
      </p>
      <pre className="letter">
        <Wire text={row.doc} limit={2000} mono />
      </pre>
      <div className="choices">
        <Button onPress={discard} keys="Enter" kind="strong" focus>
          Discard
        </Button>
      </div>
    </Dialog>
  )
}

const replay = (ids: readonly string[] | undefined): Promise<void> =>
  ask('replay', ids === undefined ? {} : { ids }, 'Sent again')

async function ask(what: 'replay' | 'discard', body: object, done: string): Promise<void> {
  try {
    const answer = await send<{ count: number }>('POST', `/api/delivery/${what}`, body)
    toasts.show({ kind: 'done', text: `${done}: ${plural(answer.count, 'document')}` })
  } catch (error) {
    const why = error instanceof ApiFailure ? `${error.message} ${error.remedy}` : ''
    toasts.show({ kind: 'failed', text: `Not done: ${why}` })
  }
  void client.invalidateQueries({ queryKey: ['health'] })
}
