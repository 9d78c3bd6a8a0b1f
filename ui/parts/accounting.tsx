/** Whether all that came in is accounted for: a line for each identity, unfolded its terms. */
import type { Account } from '../../analyzer/api/schema.ts'
import type { Identity, Standing } from '../text/accounting.ts'
import { identitiesOf, sidesText, standingOf } from '../text/accounting.ts'
import { count } from '../text/number.ts'
import { Wire } from './wire.tsx'

const marks: Readonly<Record<Standing, string>> = {
  settled: '✓',
  noted: '▲',
  wrong: '◆',
  unknown: '–',
}
const words: Readonly<Record<Standing, string>> = {
  settled: 'Balanced.',
  noted: 'To be noted.',
  wrong: 'Does not balance.',
  unknown: 'Not assessable.',
}

export function Accounting({ accounts }: { accounts: readonly Account[] }) {
  const identities = identitiesOf(accounts)
  return (
    <section>
      <h2>Accounting</h2>
      {identities.length === 0 ? (
        <p className="dim">The sensor has not counted anything yet.</p>
      ) : (
        <div className="accounts">
          {identities.map((identity) => (
            <Line key={identity.id} identity={identity} />
          ))}
        </div>
      )}
    </section>
  )
}

function Line({ identity: { title, parts, told, standing } }: { identity: Identity }) {
  return (
    <details className="account">
      <summary>
        <Mark standing={standing} />
        <span className="account-title">{title}</span>
        <span className="account-says">
          {told.reason === '' ? told.says : <Wire text={told.reason} limit={200} />}
        </span>
        <span className="account-sides tabular">{sidesText(told)}</span>
      </summary>
      {parts.map((part) => (
        <Part key={part.part} account={part} isOnly={parts.length === 1} />
      ))}
    </details>
  )
}

function Mark({ standing }: { standing: Standing }) {
  return (
    <span className={`account-mark account-${standing}`}>
      <span aria-hidden>{marks[standing]}</span>
      <span className="hidden">{words[standing]}</span>
    </span>
  )
}

function Part({ account, isOnly }: { account: Account; isOnly: boolean }) {
  const { says, left, right, reason } = account
  const standing = standingOf(account)
  return (
    <div className="account-part">
      {!isOnly && (
        <p>
          <Mark standing={standing} /> {says}
        </p>
      )}
      {reason !== '' && (
        <p className="dim">
          <Wire text={reason} limit={400} />
        </p>
      )}
      {left.length > 0 && (
        <div className="account-terms">
          <Terms terms={left} />
          <span className="account-equals" aria-label="is to be">
            {standing === 'wrong' ? '≠' : '='}
          </span>
          <Terms terms={right} />
        </div>
      )}
    </div>
  )
}

/** What is zero everywhere says nothing one by one. */
function Terms({ terms }: { terms: Account['left'] }) {
  const shown = terms.filter(({ value }) => value !== 0)
  const none = terms.length - shown.length
  return (
    <ul className="plain">
      {(shown.length === 0 ? terms.slice(0, 1) : shown).map(({ name, value, of = [] }) => (
        <li key={name}>
          <Term name={name} value={value} />
          {of.length > 0 && (
            <ul className="plain account-of">
              {of.map((kind) => (
                <li key={kind.name}>
                  <Term name={kind.name} value={kind.value} />
                </li>
              ))}
            </ul>
          )}
        </li>
      ))}
      {shown.length > 0 && none > 0 && <li className="dim">nothing else</li>}
    </ul>
  )
}

function Term({ name, value }: { name: string; value: number }) {
  return (
    <span className="account-term">
      <Wire text={name} limit={60} /> <span className="tabular">{count(value)}</span>
    </span>
  )
}
