/** A finding, in the order in which it is judged: what, why, what to check, then the evidence. */
import type { FindingDetail as Detail, FindingRow, Party } from '../../analyzer/api/schema.ts'
import { Link } from '@tanstack/react-router'
import { useSensors } from '../data/hooks.ts'
import { plural } from '../text/number.ts'
import { duration, span } from '../text/time.ts'
import { Button } from './button.tsx'
import { Entries } from './finding-dialogs.tsx'
import { Evidence, History, Operations } from './finding-evidence.tsx'
import { Sentence, StateWord } from './finding-row.tsx'
import { PartyName, isNobody } from './party.tsx'
import { SeverityMark } from './severity.tsx'
import { When } from './when.tsx'
import { Wire, WireList } from './wire.tsx'

/** Known from the list before the rest is read. */
export function FindingHead({ row, onOpen }: { row: FindingRow; onOpen?: () => void }) {
  return (
    <header className="finding-head">
      <p className="finding-marks">
        <SeverityMark severity={row.severity} />
        <span className={`severity-word severity-${row.severity}`}>{row.severity}</span>
        <StateWord row={row} />
        {row.posture && <span className="chip">posture</span>}
        {onOpen !== undefined && (
          <Button onPress={onOpen} keys="Enter" kind="quiet">
            Open
          </Button>
        )}
      </p>
      {onOpen === undefined ? (
        <h1>
          <Sentence row={row} limit={2000} />
        </h1>
      ) : (
        <h2>
          <Link to="/findings/$id" params={{ id: row.id }}>
            <Sentence row={row} limit={2000} />
          </Link>
        </h2>
      )}
    </header>
  )
}

export function FindingBlocks({ finding }: { finding: Detail }) {
  return (
    <div className="blocks">
      <What finding={finding} />
      <Why finding={finding} />
      <Check finding={finding} />
      <Operations finding={finding} />
      <Evidence finding={finding} />
      <History finding={finding} />
    </div>
  )
}

function What({ finding }: { finding: Detail }) {
  const lasted = span(finding.first, finding.last)
  const sources = finding.sources.length > 0 ? finding.sources : [finding.source]
  const targets = finding.targets.length > 0 ? finding.targets : [finding.target]
  return (
    <section>
      <h3>What happened</h3>
      <dl className="facts">
        {[...sources, ...targets].every(isNobody) ? (
          <>
            <dt>About</dt>
            <dd>the sensor itself, no host</dd>
          </>
        ) : (
          <>
            <dt>From</dt>
            <dd className="stack">
              <Parties parties={sources} />
            </dd>
            <dt>To</dt>
            <dd className="stack">
              <Parties parties={targets} />
            </dd>
          </>
        )}
        <ToldBy finding={finding} />
        <dt>When</dt>
        <dd>
          <When iso={finding.first} long focusable />
          {finding.count > 1 && (
            <>
              {' – '}
              <When iso={finding.last} long focusable />
            </>
          )}
        </dd>
        <dt>How often</dt>
        <dd>
          {finding.count === 1 ? 'once' : `${plural(finding.count, 'time')} in ${duration(lasted)}`}
        </dd>
        {finding.explanation.not_assessable.length > 0 && (
          <>
            <dt>Not judged</dt>
            <dd className="not-judged">
              <WireList texts={finding.explanation.not_assessable} />
            </dd>
          </>
        )}
      </dl>
    </section>
  )
}

/** Where there are several sensors. */
function ToldBy({ finding }: { finding: Detail }) {
  if (useSensors().length < 2) return null
  return (
    <>
      <dt>Sensor</dt>
      <dd>
        <Wire text={finding.sensor} mono /> <span className="dim">at</span>{' '}
        <Wire text={finding.site} />
      </dd>
    </>
  )
}

function Parties({ parties }: { parties: readonly Party[] }) {
  return parties.map((party, at) => <PartyName key={at} party={party} address />)
}

function Why({ finding }: { finding: Detail }) {
  const { explanation } = finding
  return (
    <section>
      <h3>Why it was raised</h3>
      <p>
        <Link to="/rules" search={{ sel: finding.rule.id }}>
          <Wire text={finding.rule.title} />
        </Link>
        {finding.rule_description !== '' && (
          <span className="dim">
            {' '}
            <Wire text={finding.rule_description} limit={600} />
          </span>
        )}
      </p>
      {explanation.precedent.length > 0 && (
        <ul className="plain">
          {explanation.precedent.map((text, at) => (
            <li key={at}>
              <span className="dim">Until now: </span>
              <Wire text={text} limit={300} />
            </li>
          ))}
        </ul>
      )}
      <Reasons finding={finding} />
      <Matched rows={explanation.matched} />
    </section>
  )
}

function Reasons({ finding }: { finding: Detail }) {
  const { explanation, zone } = finding
  return (
    <dl className="facts">
      {zone !== undefined && zone.verdict !== '' && (
        <>
          <dt>Zones</dt>
          <dd>
            <Wire text={zone.verdict} />
            {zone.code !== '' && (
              <>
                {' '}
                · <Wire text={zone.code} mono />
              </>
            )}
            {zone.conduit !== '' && (
              <>
                {' '}
                · conduit <Wire text={zone.conduit} />
              </>
            )}
          </dd>
        </>
      )}
      {explanation.policy !== '' && (
        <>
          <dt>Policy</dt>
          <dd>
            <Wire text={explanation.policy} mono copy />
          </dd>
        </>
      )}
      {finding.severity_reasons.length > 0 && (
        <>
          <dt>Severity</dt>
          <dd>
            <WireList texts={finding.severity_reasons} />
          </dd>
        </>
      )}
      {finding.technique.length > 0 && (
        <>
          <dt>Technique</dt>
          <dd>
            ATT&CK for ICS <WireList texts={finding.technique} mono />
          </dd>
        </>
      )}
    </dl>
  )
}

function Matched({ rows }: { rows: Detail['explanation']['matched'] }) {
  if (rows.length === 0) return null
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label="Fields that matched">
      <table className="plain-table matched">
        <caption>Fields that matched</caption>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              <th scope="row">
                <Wire text={row.field} limit={60} mono />
              </th>
              <td>
                <Wire text={row.value} mono copy />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Check({ finding }: { finding: Detail }) {
  const checks = finding.explanation.check
  const harmless = finding.false_positives
  return (
    <section>
      <h3>What to check first</h3>
      {checks.length === 0 ? (
        <p className="dim">The rule names no check.</p>
      ) : (
        <ol>
          {checks.map((text, at) => (
            <li key={at}>
              <Wire text={text} limit={400} />
            </li>
          ))}
        </ol>
      )}
      {harmless.length > 0 && (
        <p>
          <span className="dim">Known to be harmless when: </span>
          <WireList texts={harmless} limit={300} />
        </p>
      )}
      {finding.approves.length > 0 && (
        <details>
          <summary>
            Approving as normal adds {plural(finding.approves.length, 'entry', 'entries')} to the
            baseline
          </summary>
          <Entries texts={finding.approves} />
        </details>
      )}
    </section>
  )
}
