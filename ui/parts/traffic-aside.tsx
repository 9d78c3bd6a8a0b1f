/** A conversation or an operation in full, and the ways on from it. */
import { Link } from '@tanstack/react-router'
import type { ConversationRow, OperationRow, Party } from '../../analyzer/api/schema.ts'
import { bytes, count, plural } from '../text/number.ts'
import { byClass } from '../text/sentence.ts'
import { Aside } from './aside.tsx'
import { Result } from './finding-evidence.tsx'
import { PartyName } from './party.tsx'
import { Spark } from './spark.tsx'
import { Verdict } from './verdict.tsx'
import { When } from './when.tsx'
import { Wire, WireList } from './wire.tsx'

export function ConversationAside({ row, onClose }: { row: ConversationRow; onClose: () => void }) {
  const title = (
    <>
      <Wire text={row.protocol} limit={24} /> conversation
    </>
  )
  return (
    <Aside label="The conversation" title={title} onClose={onClose}>
      <dl className="facts">
        <Ends client={row.source} server={row.target} />
        <dt>Port</dt>
        <dd>{row.port}</dd>
        <dt>Zones</dt>
        <dd>
          <Verdict verdict={row.verdict} />
        </dd>
        <dt>Operations</dt>
        <dd className="stack tabular">
          {byClass(row.operations).map(([name, value]) => (
            <span key={name}>
              <Wire text={name} limit={24} /> {count(value)}
            </span>
          ))}
        </dd>
        <dt>Packets</dt>
        <dd className="tabular">
          {count(row.packets)}, {bytes(row.bytes)} <Spark line={row} />
        </dd>
        <dt>Seen</dt>
        <dd>
          <When iso={row.first} long focusable /> – <When iso={row.last} long focusable />
        </dd>
        <dt>State</dt>
        <dd>
          <Wire text={row.state} limit={32} />
        </dd>
      </dl>
      <p>
        <Link to="/operations" search={{ q: both(row.source, row.target) }}>
          Operations between the two
        </Link>
      </p>
    </Aside>
  )
}

export function OperationAside({ row, onClose }: { row: OperationRow; onClose: () => void }) {
  return (
    <Aside label="The operation" title={<Wire text={row.action} limit={80} />} onClose={onClose}>
      <dl className="facts">
        <dt>Time</dt>
        <dd>
          <When iso={row.time} long focusable />
          {row.count > 1 && (
            <span className="dim"> the newest of {plural(row.count, 'repeat')} in this row</span>
          )}
        </dd>
        <Ends client={row.source} server={row.destination} />
        <dt>Protocol</dt>
        <dd>
          <Wire text={row.protocol} limit={24} />
        </dd>
        <dt>Class</dt>
        <dd>
          <WireList texts={row.class} limit={32} />
        </dd>
        <Texts name="Target" texts={row.target} />
        <Texts name="Value" texts={row.value} />
        <dt>Result</dt>
        <dd>
          <Result outcome={row.outcome} status={row.status} />
        </dd>
        <dt>Zones</dt>
        <dd>
          <Verdict verdict={row.verdict} />
        </dd>
        {row.user !== '' && (
          <>
            <dt>User</dt>
            <dd>
              <Wire text={row.user} copy />
            </dd>
          </>
        )}
      </dl>
      <p>
        <Link to="/conversations" search={{ q: both(row.source, row.destination) }}>
          Conversations between the two
        </Link>
      </p>
    </Aside>
  )
}

function Texts({ name, texts }: { name: string; texts: readonly string[] }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="stack">
        {texts.length === 0 ? <span className="dim">none</span> : null}
        <WireList texts={texts} mono copy />
      </dd>
    </>
  )
}

const addressOf = (party: Party): string => party.ip || party.mac

/** Words that must all be found: both addresses. */
const both = (a: Party, b: Party): string => [addressOf(a), addressOf(b)].filter(Boolean).join(' ')

function Ends({ client, server }: { client: Party; server: Party }) {
  return (
    <>
      <dt>Client</dt>
      <dd>
        <End party={client} />
      </dd>
      <dt>Server</dt>
      <dd>
        <End party={server} />
      </dd>
    </>
  )
}

function End({ party }: { party: Party }) {
  const address = addressOf(party)
  return (
    <span className="stack">
      <PartyName party={party} address />
      {address !== '' && (
        <span className="choices">
          <Link to="/assets" search={{ q: address }}>
            Asset
          </Link>
          <Link to="/findings" search={{ asset: address, view: 'all', range: 'all' }}>
            Findings
          </Link>
        </span>
      )}
    </span>
  )
}
