/**
 * The identities of packets, bytes and messages (assurance.md A3, I2 to I4) as one table: whoever
 * adds a counter adds a line here. Counters are those of the sensor and the analyzer by name, and
 * all of them add up over several sensors that share the packets.
 */
import { outcomes } from '../packet/outcome.ts'
import type { Counted, Equation } from './account.ts'

/** An outcome in the words of people; where there are none its own name is plain enough. */
export const outcomeWords: Readonly<Record<string, string>> = {
  tcp: 'TCP',
  udp: 'UDP',
  arp: 'ARP',
  fragment: 'IP fragments',
  'other-transport': 'other protocols over IP',
  'other-ethertype': 'no IP, by EtherType',
  'other-link': 'other link types',
  'cut-link': 'cut in the link header by the snap length',
  'cut-network': 'cut in the IP header by the snap length',
  'cut-transport': 'cut in the transport header by the snap length',
  'cut-tunnel': 'cut in a tunnel by the snap length',
  'malformed-link': 'malformed link header',
  'malformed-vlan': 'malformed VLAN tags',
  'malformed-ipv4': 'malformed IPv4',
  'malformed-ipv6': 'malformed IPv6',
  'malformed-tcp': 'malformed TCP',
  'malformed-udp': 'malformed UDP',
  'malformed-arp': 'malformed ARP',
  'malformed-tunnel': 'malformed tunnel',
  'tunnel-depth': 'too many tunnels within each other',
}

const packetOutcomes: readonly Counted[] = outcomes.map((name) => [
  `packets.${name}`,
  outcomeWords[name] ?? name,
])

/** A datagram of several fragments is what its whole says; each fragment is a packet of its own. */
function wholeAndInFragments(outcome: 'tcp' | 'udp' | 'arp'): Counted[] {
  const word = outcome.toUpperCase()
  return [
    [`packets.${outcome}`, word],
    [`datagrams.${outcome}`, `${word} in fragments`],
  ]
}

const packets: readonly Equation[] = [
  {
    identity: 'I2',
    part: 'packets',
    says: 'Every packet that was read has one outcome.',
    unit: 'packets',
    left: [['packets', 'read']],
    right: packetOutcomes,
    kinds: {
      'packets.other-ethertype': 'unread.etherTypes.',
      'packets.other-transport': 'unread.transports.',
      'packets.other-link': 'unread.links.',
    },
  },
  {
    identity: 'I2',
    part: 'fragments',
    says: 'Every IP fragment became part of a datagram, or there is a reason why not.',
    unit: 'fragments',
    left: [['fragments.seen', 'seen, those within datagrams too']],
    right: [
      ['fragments.joined', 'joined'],
      ['fragments.repeated', 'repeated'],
      ['fragments.malformed', 'malformed'],
      ['fragments.cut', 'cut by the snap length'],
      ['fragments.incomplete', 'whose rest did not come'],
      ['fragments.evicted', 'dropped for want of room'],
    ],
    waiting: [['fragments.waiting', 'waiting for the rest']],
  },
  {
    identity: 'I2',
    part: 'flows',
    says: 'Every packet of TCP and UDP belongs to a conversation, or repeats what was seen.',
    unit: 'packets',
    left: [...wholeAndInFragments('tcp'), ...wholeAndInFragments('udp')],
    right: [
      ['flowPackets', 'of a conversation'],
      ['packetsLate', 'after its end'],
      ['duplicates', 'copies that the mirror made'],
    ],
  },
  {
    identity: 'I2',
    part: 'arp',
    says: 'Every ARP packet is a statement, or says one again.',
    unit: 'packets',
    left: wholeAndInFragments('arp'),
    right: [
      ['arpTold', 'told'],
      ['arpRepeated', 'said before'],
      ['duplicatesArp', 'copies that the mirror made'],
    ],
  },
  {
    identity: 'I2',
    part: 'conversations',
    says: 'Every conversation that began has ended, or is open.',
    unit: 'conversations',
    left: [['flows', 'begun']],
    right: [
      ['flowsEnded', 'ended'],
      ['flowsEvicted', 'ended for want of room'],
    ],
    waiting: [['flowsOpen', 'open']],
  },
]

const bytes: readonly Equation[] = [
  {
    identity: 'I3',
    part: 'payload',
    says: 'Every byte that TCP and UDP carried was read, or there is a reason why not.',
    unit: 'bytes',
    left: [['payloadBytes', 'payload']],
    right: [
      ['parsedBytes', 'decoded'],
      ['malformedBytes', 'of malformed messages'],
      ['skippedBytes', 'of messages too long to be put together'],
      ['unknownBytes', 'of protocols that are not known'],
      ['partialBytes', 'of messages whose rest did not come'],
      ['duplicateBytes', 'sent again'],
      ['strayBytes', 'out of place in their conversation'],
    ],
    waiting: [['waitingBytes', 'waiting for others']],
  },
]

const messages: readonly Equation[] = [
  {
    identity: 'I4',
    part: 'messages',
    says: 'Every message asked, answered, stood alone, or there is a reason why not.',
    unit: 'messages',
    left: [['messages', 'decoded or malformed']],
    right: [
      ['messagesAsking', 'asking'],
      ['messagesAnswering', 'answering'],
      ['messagesAlone', 'standing alone'],
      ['messagesPart', 'parts of others'],
      ['messagesMalformed', 'malformed'],
      ['messagesMismatched', 'answers that do not fit'],
      ['messagesRepeated', 'answers given twice'],
      ['messagesUnasked', 'answers that nobody asked for'],
      ['messagesUnplaced', 'answers whose question was not seen'],
    ],
    kinds: { messages: 'messages.' },
  },
  {
    identity: 'I4',
    part: 'operations',
    says: 'Every operation that was asked for has an outcome, or there is a reason why not.',
    unit: 'operations',
    left: [['operations', 'asked for']],
    right: [
      ['operationsAnswered', 'answered'],
      ['operationsAlone', 'that have no answer'],
      ['operationsSilent', 'not answered in time'],
      ['operationsNotVisible', 'whose answers the mirror does not show'],
      ['operationsAfterGap', 'whose answer may be in a gap'],
      ['operationsOverLimit', 'too many at once'],
      ['operationsEnded', 'open when the conversation ended'],
    ],
    waiting: [['operationsOpen', 'waiting for the answer']],
  },
  {
    identity: 'I4',
    part: 'judged',
    says: 'Every operation that was seen was judged.',
    unit: 'operations',
    left: [
      ['operations', 'of protocols'],
      ['arpTold', 'ARP statements'],
    ],
    right: [
      ['operations_judged', 'judged as new'],
      ['operations_repeated', 'known and counted'],
    ],
    waiting: [['operationsHeld', 'counted, and not told yet']],
  },
  {
    identity: 'I4',
    part: 'records',
    says: 'Every operation that is over is on record, alone or with its like.',
    unit: 'operations',
    left: [['operations_over', 'over']],
    right: [
      ['operations_kept', 'kept one by one'],
      ['operations_summarised', 'in summaries of repeats'],
    ],
    waiting: [['operations_summing', 'to be in the next summary']],
  },
]

export const equations: readonly Equation[] = [...packets, ...bytes, ...messages]
