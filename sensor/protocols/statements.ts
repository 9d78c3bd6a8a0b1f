/** Who the two ends of a connection are said to be: statements of a dissector, with their end. */
import type { Flow, Identity } from '../operation.ts'
import type { IdentityStatement, Message } from './dissector.ts'

export type Stated = Omit<Identity, 'time' | 'sequence' | 'packet' | 'protocol'>

export function statedOf(
  statements: readonly IdentityStatement[],
  { role, fromServer }: Message,
  fromClient: boolean,
  flow: Flow,
): Stated[] {
  // As with operations: a reverse connection or a wrong guess turns the two ends round.
  const byClient = (role === 'response') === (fromServer === true)
  const turned = role === 'part' && fromServer === undefined ? false : fromClient !== byClient
  return statements.map(({ of, attribute, value, confidence, unit }) => {
    const client = (of === 'client') !== turned
    const endpoint = client ? flow.client : flow.server
    return { endpoint, ...(unit === undefined ? {} : { unit }), attribute, value, confidence }
  })
}
