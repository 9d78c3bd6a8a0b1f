/** One line of a message for people. */
import type { OpcUaMessage } from './message.ts'
import { statusText } from './text.ts'

const SUMMARY_CHARS_MAX = 160

/** Control characters, and what else a terminal could take for a command, become dots. */
function printable(text: string): string {
  let result = ''
  for (const character of text.slice(0, SUMMARY_CHARS_MAX)) {
    const code = character.codePointAt(0) as number
    result += code < 32 || (code >= 127 && code < 160) || code >= 0xd800 ? '.' : character
  }
  return result
}

export function summary(message: OpcUaMessage): string {
  const { type, flag, service, typeId } = message
  const head = `OPC UA ${type}${flag} channel ${message.channelId}`
  switch (type) {
    case 'HEL':
    case 'RHE':
      return printable(`OPC UA ${type} ${message.endpointUrl}`)
    case 'ACK':
      return 'OPC UA ACK'
    case 'ERR':
      return printable(`OPC UA ERR ${statusText(message.status)} ${message.reason}`)
    case 'OPN':
    case 'MSG':
    case 'CLO':
      if (message.opaque) return printable(`${head} encrypted ${message.policy}`)
      return printable(`${head} request ${message.requestId} ${service || typeId || ''}`)
  }
}
