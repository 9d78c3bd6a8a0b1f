/** What a finding rests on: operations, packets, and what people did with it. */
import { Link } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import type { Action, FindingDetail } from '../../analyzer/api/schema.ts'
import { reasonWords } from '../data/actions.ts'
import { segment } from '../data/api.ts'
import { count, plural } from '../text/number.ts'
import { keptWords } from '../text/sentence.ts'
import { PartyName, isNobody } from './party.tsx'
import { When } from './when.tsx'
import { Wire, WireList } from './wire.tsx'

export function Operations({ finding }: { finding: FindingDetail }) {
  const rows = finding.operations.filter(
    (row) => !isNobody(row.source) || !isNobody(row.destination),
  )
  // What the sensor says of itself is no operation of anybody.
  if (rows.length < finding.operations.length && rows.length === 0) return null
  return (
    <section>
      <h3>Operations</h3>
      {rows.length === 0 ? (
        <p className="dim">This finding rests on no single operation.</p>
      ) : (
        <div className="scroll-x" tabIndex={0} role="region" aria-label="Operations">
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Client</th>
                <th scope="col">Server</th>
                <th scope="col">Operation</th>
                <th scope="col">Target</th>
                <th scope="col">Value</th>
                <th scope="col">Result</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td className="tabular">
                    <When iso={row.time} />
                  </td>
                  <td>
                    <PartyName party={row.source} zone={false} />
                  </td>
                  <td>
                    <PartyName party={row.destination} zone={false} />
                  </td>
                  <td>
                    <Wire text={row.action} limit={60} />
                    {row.count > 1 && <span className="dim"> ×{count(row.count)}</span>}
                  </td>
                  <td>
                    <WireList texts={row.target} limit={60} mono />
                  </td>
                  <td>
                    <WireList texts={row.value} limit={60} mono />
                  </td>
                  <td>
                    <Result outcome={row.outcome} status={row.status} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

/** `unknown` means that no answer was seen: that is said, not hidden. */
export function Result({ outcome, status }: { outcome: string; status: string }) {
  const word = outcome === 'unknown' ? 'no answer seen' : outcome
  return (
    <span className={outcome === 'failure' ? 'result failure' : 'result'}>
      <Wire text={word} limit={24} />
      {status !== '' && status !== outcome && (
        <span className="dim">
          {' '}
          <Wire text={status} limit={48} />
        </span>
      )}
    </span>
  )
}

const PACKETS_SHOWN = 60

export function Evidence({ finding }: { finding: FindingDetail }) {
  const files = new Map<string, number[]>()
  for (const { packet, file } of finding.evidence.slice(0, PACKETS_SHOWN)) {
    const list = files.get(file ?? '') ?? []
    list.push(packet)
    files.set(file ?? '', list)
  }
  const rest = finding.evidence.length - PACKETS_SHOWN
  const kept = keptWords(finding.evidence.length, finding.count)
  return (
    <section>
      <h3>Packets</h3>
      {finding.evidence.length === 0 && <p className="dim">No packet is cited.</p>}
      {[...files].map(([file, packets]) => (
        <p key={file} className="packets">
          <span className="mono tabular">{packets.join(', ')}</span>
          {file !== '' && (
            <>
              {' of '}
              <Wire text={file} mono copy />
            </>
          )}
        </p>
      ))}
      {rest > 0 && <p className="dim">and {plural(rest, 'packet')} more in the download</p>}
      {kept !== '' && <p className="warning">{kept}</p>}
      {finding.packets_available ? (
        <a className="button" href={`/api/findings/${segment(finding.id)}/packets`} download>
          <Download size={14} aria-hidden /> Download as pcapng
        </a>
      ) : (
        finding.evidence.length > 0 && (
          <p className="dim">
            Not for download: they were seen live, or their capture file is no longer there.
          </p>
        )
      )}
    </section>
  )
}

const acted: Readonly<Record<Action['action'], string>> = {
  acknowledge: 'acknowledged it',
  close: 'closed it',
  reopen: 'reopened it',
  comment: 'noted',
  approve: 'approved it as normal',
  undo: 'took back an action',
}

export function History({ finding }: { finding: FindingDetail }) {
  return (
    <section>
      <h3>History</h3>
      <ol className="plain history">
        <li>
          <When iso={finding.first} focusable /> raised by rule{' '}
          <Link to="/findings" search={{ rule: finding.rule.id, view: 'all' }}>
            <Wire text={finding.rule.title} limit={120} />
          </Link>
          {finding.rule.version !== '' && (
            <span className="dim">
              {' '}
              version <Wire text={finding.rule.version} limit={16} mono />
            </span>
          )}
        </li>
        {finding.history.map((action) => (
          <li key={action.id}>
            <When iso={action.time} focusable /> <Wire text={action.who} limit={40} />{' '}
            {acted[action.action]}
            {action.reason !== undefined && `: ${reasonWords[action.reason]}`}
            {action.note !== undefined && action.note !== '' && (
              <blockquote>
                <Wire text={action.note} limit={2000} />
              </blockquote>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}
