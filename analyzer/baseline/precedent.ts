/** What was usual until now instead of what is new, in words for the explanation of a finding. */
import type { Claim, Parties } from './claims.ts'
import { parseEntry, words } from './entry.ts'
import type { Ledger } from './ledger.ts'

/** As people call a party: by name where there is one. */
type Called = (party: string) => string

export function precedentOf(
  claim: Claim,
  parties: Parties,
  ledger: Ledger,
  called: Called,
): string {
  const pair = `${parties.client} -> ${parties.server}`
  const name = (party: string): string => {
    const found = called(party)
    return found === party ? plain(party) : found
  }
  const client = name(parties.client)
  const server = name(parties.server)
  const rest = parseEntry(claim.entry)?.rest ?? ''
  const hosts = (of: string): string => ledger.examples(of).map(name).join(', ')
  const some = (of: string): string => ledger.examples(of).map(plain).join(', ')
  switch (claim.item) {
    case 'talker':
      return said(`clients of ${server} were`, hosts(`clients ${parties.server}`))
    case 'client-of-class': {
      const others = hosts(`class ${parties.server} ${rest}`)
      const [protocol, of] = words(rest)
      const what = of === 'other' ? 'other functions' : of
      if (others === '') return `nobody used ${server} for ${what} over ${protocol}`
      return `clients of ${server} for ${what} over ${protocol} were ${others}`
    }
    case 'operation': {
      const [protocol] = words(rest)
      return said(`${client} asked ${server} for`, some(`operations ${pair} ${protocol}`))
    }
    case 'target': {
      const { span } = claim
      if (span === undefined) return ''
      const what = words(rest).at(-2) ?? 'target'
      return said(`for ${what} ${client} used`, ledger.ranges(span.prefix).join(', '))
    }
    case 'binding':
      return said(`${plain(claim.bound)} came from`, hosts(`bound ${claim.bound}`))
    case 'port':
      return said(`${client} used at ${server}`, some(`port ${pair}`))
    case 'security':
      return said(`security between ${client} and ${server} was`, some(`security ${pair}`))
    case 'identity':
      return said(`${client} was known to ${server} as`, some(`identity ${pair}`))
    case 'topic-branch':
      return said(`${client} published at ${server} to`, some(`topic-branch ${pair}`))
    default:
      return ''
  }
}

function said(what: string, examples: string): string {
  return examples === '' ? '' : `${what} ${examples}`
}

/** Without the quotes that keep the words of an entry apart; what they escape stays escaped. */
function plain(entry: string): string {
  return words(entry)
    .map((one) => (one.length > 1 && one.startsWith('"') ? one.slice(1, -1) : one))
    .join(' ')
}
