/** What was usual instead of what is new, in words for the explanation of a finding. */
import type { Claim, Parties } from './claims.ts'
import { parseEntry, words } from './entry.ts'
import type { Ledger } from './ledger.ts'

export function precedentOf(claim: Claim, { client, server }: Parties, ledger: Ledger): string {
  const pair = `${client} -> ${server}`
  const rest = parseEntry(claim.entry)?.rest ?? ''
  const some = (of: string): string => ledger.examples(of).join(', ')
  switch (claim.item) {
    case 'talker':
      return said(`usual clients of ${server}`, some(`clients ${server}`))
    case 'client-of-class': {
      const others = some(`class ${server} ${rest}`)
      const [protocol, name] = words(rest)
      if (others === '') return `no ${name} over ${protocol} to ${server} so far`
      return `usual clients for ${name} at ${server}: ${others}`
    }
    case 'operation': {
      const [protocol] = words(rest)
      return said(`${client} usually asks ${server}`, some(`operations ${pair} ${protocol}`))
    }
    case 'target': {
      const { span } = claim
      if (span === undefined) return ''
      const what = words(rest).at(-2) ?? 'target'
      return said(`${client} usually has for ${what}`, ledger.ranges(span.prefix).join(', '))
    }
    case 'binding':
      return said(`${claim.bound} usually comes from`, some(`bound ${claim.bound}`))
    case 'port':
    case 'security':
    case 'identity':
    case 'topic-branch':
      return said(`${client} at ${server} usually (${claim.item})`, some(`${claim.item} ${pair}`))
    default:
      return ''
  }
}

function said(what: string, examples: string): string {
  return examples === '' ? '' : `${what}: ${examples}`
}
