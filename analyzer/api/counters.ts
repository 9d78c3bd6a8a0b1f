/**
 * What the sensor counts, in words: one table for the console and for the metrics. Whoever adds a
 * counter adds a line here; a test runs a capture and misses those that have none.
 */
import { outcomeWords } from '#sensor'

export const stages = ['capture', 'packet', 'stream', 'protocol', 'analysis', 'store'] as const
export type Stage = (typeof stages)[number]

export interface CounterText {
  readonly stage: Stage
  readonly label: string
  /** One line: what it means, or what to do about it. */
  readonly says: string
  /** It goes up and down. */
  readonly isGauge: boolean
}

type Row = readonly [label: string, says: string, now?: 'now']

const capture: Readonly<Record<string, Row>> = {
  packets: ['Packets looked at', 'What the capture handed over and the sensor has read.'],
  wireBytes: ['Bytes of these packets', 'Their length on the wire, also where they were cut.'],
  duplicates: [
    'Copies of TCP and UDP',
    'The mirror sent a packet twice; the copy is read no more.',
  ],
  duplicatesArp: ['Copies of ARP', 'The mirror sent an ARP packet twice.'],
  duplicatesOtherAdapters: ['Copies with other MACs', 'Seen before and behind a router.'],
  duplicatesOtherVlan: ['Copies with another VLAN', 'Seen in two VLANs: the mirror has both.'],
  duplicatesRouted: ['Copies one hop on', 'Seen on both sides of one router.'],
  duplicatesOtherHops: ['Copies with another hop count', 'More than one router lies between.'],
  duplicatesForgotten: ['Copies maybe missed', 'Packets forgotten before a copy could come.'],
  clockRegressions: ['Clock set back', 'The time of the capture went back; it goes on from there.'],
  memory_bytes: ['Memory', 'Of the sensor process, as the system sees it.', 'now'],
}

const packet: Readonly<Record<string, Row>> = {
  'fragments.seen': ['Fragments seen', 'Parts of datagrams that were too large for one packet.'],
  'fragments.joined': ['Fragments joined', 'Part of a datagram that became complete.'],
  'fragments.repeated': ['Fragments repeated', 'Brought nothing new.'],
  'fragments.malformed': ['Fragments malformed', 'Empty, out of bounds or of another end.'],
  'fragments.cut': ['Fragments cut', 'By the snap length: raise it to read them.'],
  'fragments.incomplete': ['Fragments without the rest', 'The others did not come in time.'],
  'fragments.evicted': ['Fragments dropped', 'For want of room: too many at once.'],
  'fragments.waiting': ['Fragments waiting', 'For the rest of their datagram.', 'now'],
  'fragments.tiny': ['Tiny first fragments', 'Too short for a header: a way to hide (RFC 1858).'],
  'fragments.datagrams': ['Datagrams made of fragments', 'Complete, and read like any other.'],
  'fragments.datagramsIncomplete': ['Datagrams incomplete', 'Some of their fragments are missing.'],
  'fragments.datagramsEvicted': ['Datagrams dropped', 'For want of room for their fragments.'],
  'fragments.overlapsEqual': ['Fragments overlapping', 'With the same bytes: harmless.'],
  'fragments.overlapsDifferent': ['Fragments contradicting', 'Other bytes for the same place.'],
  arpTold: ['ARP statements', 'Who has which address; the inventory learns from them.'],
  arpRepeated: ['ARP said again', 'The same statement as just before.'],
  arpDropped: ['ARP dropped', 'More pairs of addresses than there is room for.'],
}

const stream: Readonly<Record<string, Row>> = {
  flows: ['Conversations begun', 'Over TCP and UDP, both directions as one.'],
  flowsOpen: ['Conversations open', 'Begun, and neither ended nor given up.', 'now'],
  flowsEnded: ['Conversations ended', 'Closed, reset or silent for long.'],
  flowsEvicted: ['Conversations given up', 'For want of room: the oldest went first.'],
  flowsTold: ['Conversations recorded', 'One by one, with who opened them.'],
  flowsUntold: [
    'Conversations only counted',
    'Ended without anything worth a record of their own.',
  ],
  flowsDenied: ['Attempts in a flood', 'Unanswered, too many to be told one by one.'],
  flowsToldLate: ['Attempts answered later', 'Taken for part of a flood at first.'],
  flowPackets: ['Packets of conversations', 'Read as part of one.'],
  packetsLate: ['Packets after the end', 'Repeat the end of a conversation that is over.'],
  connections: ['Conversations read', 'Their payload was looked at.'],
  connectionsOpen: ['Conversations being read', 'Their payload is looked at.', 'now'],
  connectionsEvicted: ['Reading given up', 'Payload no more read, for want of room.'],
  flowsRecognised: ['Protocol recognised', 'Conversations in a protocol that is decoded.'],
  flowsUnknown: ['Protocol not known', 'Conversations with payload in none of them.'],
  probesRefused: ['Not listened to further', 'No room to find out which protocol it is.'],
  payloadBytes: ['Bytes of payload', 'What TCP and UDP carried.'],
  parsedBytes: ['Bytes decoded', 'Of messages that were understood.'],
  malformedBytes: ['Bytes of malformed messages', 'And what was passed over to the next one.'],
  skippedBytes: [
    'Bytes of long messages',
    'Too long to be put together: header read, rest skipped.',
  ],
  unknownBytes: ['Bytes not decoded', 'Of protocols that are not known here.'],
  partialBytes: ['Bytes of cut messages', 'The rest of the message did not come.'],
  duplicateBytes: ['Bytes sent again', 'Repeated by TCP; read once.'],
  strayBytes: ['Bytes out of place', 'Do not fit into their conversation.'],
  waitingBytes: ['Bytes waiting', 'For what comes before them.', 'now'],
  heldBytes: ['Bytes in buffers', 'That wait, or are part of a message.', 'now'],
  gapBytes: ['Bytes missing', 'In holes of streams: lost, or never captured.'],
  gaps: ['Holes in streams', 'Passed over after a second, or when the peer had moved on.'],
  lostBytes: [
    'Bytes lost before the sensor',
    'Acknowledged by the peer, and not seen: an estimate.',
  ],
  losses: ['Losses before the sensor', 'Holes that the peer did not have.'],
  cutBytes: ['Bytes cut', 'By the snap length: raise it to read them.'],
  cuts: ['Packets cut in the payload', 'By the snap length.'],
  retransmissions: ['Retransmissions', 'Packets that TCP sent again.'],
  outOfOrder: ['Out of order', 'Packets that came before those they follow.'],
  overlaps: ['Contradicting bytes', 'The same place of a stream with other bytes: an anomaly.'],
  boundReached: ['Waiting given up', 'Too many packets waited for one that did not come.'],
  resetsForgotten: ['Resets forgotten', 'Too many to remember who was refused.'],
  serversDropped: ['Servers not remembered', 'More servers than there is room for.'],
  serverMemoryForgotten: ['Servers forgotten', 'Not seen for long, for want of room.'],
  linksRefused: ['Pairs not remembered', 'More pairs of hosts than there is room for.'],
}

const protocol: Readonly<Record<string, Row>> = {
  messages: ['Messages', 'Of all protocols that are decoded.'],
  messagesAsking: ['Messages asking', 'Requests.'],
  messagesAnswering: ['Messages answering', 'Answers that were joined to their request.'],
  messagesAlone: ['Messages alone', 'That want no answer.'],
  messagesPart: ['Messages in parts', 'Joined to the message they are a part of.'],
  messagesMalformed: ['Messages malformed', 'Could not be read as their standard has it.'],
  messagesMismatched: ['Answers that do not fit', 'Of another kind than what was asked.'],
  messagesRepeated: ['Answers given twice', 'The request had its answer.'],
  messagesUnasked: ['Answers to nothing', 'Nobody had asked: an anomaly.'],
  messagesUnplaced: ['Answers without a request', 'It was before the capture, or in a gap.'],
  messagesSkipped: ['Messages too long', 'Only their header was read.'],
  operations: ['Operations', 'What a client asked of a server.'],
  operationsAnswered: ['Operations answered', 'With success or with an error.'],
  operationsAlone: ['Operations without answer', 'Of a kind that has none.'],
  operationsSilent: ['Operations not answered', 'The server said nothing in time.'],
  operationsNotVisible: ['Answers not mirrored', 'The mirror shows one direction only: mend it.'],
  operationsAfterGap: ['Answers in a gap', 'May have been in packets that were lost.'],
  operationsOverLimit: ['Operations too many', 'At once: their answers are not joined.'],
  operationsEnded: ['Operations cut off', 'Still open when the conversation ended.'],
  operationsOpen: ['Operations open', 'Wait for their answer.', 'now'],
  operationsHeld: ['Operations held', 'Counted in a worker, and not told yet.', 'now'],
  requestsDropped: ['Requests not joined', 'More wait for an answer than there is room for.'],
  carryRefused: ['Messages given up', 'No room to keep their beginning until the rest comes.'],
  anomaliesUntold: ['Anomalies only counted', 'The same again in one conversation.'],
}

const analysis: Readonly<Record<string, Row>> = {
  operations_judged: ['Operations judged', 'Of a new kind: asked of baseline, zones and rules.'],
  operations_repeated: ['Operations known', 'Of a kind that was judged before.'],
  pairs_evicted: ['Judgements forgotten', 'For want of room: judged anew when seen again.'],
  addressConflicts: ['Address conflicts', 'Two adapters claimed one address.'],
  assetsRefused: ['Assets not listed', 'More than there is room for.'],
  candidatesEvicted: ['Addresses forgotten', 'Seen once, and nobody answered them.'],
  strangersTogether: [
    'Strangers counted together',
    'So many new addresses that they share one entry.',
  ],
  adaptersForgotten: ['Adapters forgotten', 'For want of room: their MAC is new when seen again.'],
  attributesRefused: ['Attributes not kept', 'More of one asset than there is room for.'],
  valuesPassedOver: [
    'Values passed over',
    'Of attributes with so many that they identify nothing.',
  ],
  conversations_refused: ['Conversations not listed', 'More than the page has room for.'],
  attempts_forgotten: ['Attempts forgotten', 'Of the list of conversations: nobody answered.'],
  cells_refused: ['Zone pairs not listed', 'More than the matrix has room for.'],
  entriesRefused: ['Baseline entries not learned', 'The baseline is full.'],
  envelopesRefused: ['Ranges not learned', 'More values than there is room for.'],
  ratesRefused: ['Rhythms not learned', 'More operations with a rhythm than there is room for.'],
  groupsEvicted: ['Correlations forgotten', 'Groups of a rule, for want of room.'],
  entriesEvicted: ['Matches forgotten', 'Left the window of a rule early, for want of room.'],
  findings_overflowed: ['Findings put together', 'Too many of one rule to be told one by one.'],
  episodes_forgotten: ['Findings left to the store', 'Over long ago: a repeat begins another.'],
}

const store: Readonly<Record<string, Row>> = {
  operations_over: ['Operations over', 'To be on record, alone or with their like.'],
  operations_kept: ['Operations recorded', 'One by one: new, or part of a finding.'],
  operations_summarised: ['Operations in summaries', 'Repeats, one record an interval.'],
  operations_summing: ['Operations for the next summary', 'Repeats of this interval.', 'now'],
  records_waiting: ['Records waiting', 'For the store to take them.', 'now'],
  records_dropped: ['Records not stored', 'The store was too slow; findings are never dropped.'],
  records_refused: ['Records refused', 'The disk or the quota was full; findings were kept.'],
  store_free_bytes: ['Free on its disk', 'Bytes.', 'now'],
  store_taken_bytes: ['Taken by the store', 'Bytes, with its reserve.', 'now'],
  store_quota_bytes: ['Quota of the store', 'Bytes: beyond it the oldest day goes.', 'now'],
  'store.bytes': ['Size of the store', 'On disk.', 'now'],
  'store.findings': ['Findings in the store', 'Open and closed.', 'now'],
  'store.findings_deleted': ['Findings deleted', 'Closed, and older than they are kept.'],
  'store.assets': ['Assets in the store', 'All that were ever seen.', 'now'],
  'store.days': ['Days with observations', 'On which they were received.', 'now'],
  'store.observations': ['Observations in the store', 'The oldest go first.', 'now'],
  'store.observations_dropped': ['Observations dropped', 'The oldest, for the store is bounded.'],
  'store.conversations_dropped': ['Conversations dropped', 'The oldest, for want of room.'],
  'store.conversations': ['Conversations in the store', 'Pairs of a client and a server.', 'now'],
}

const tables = { capture, packet, stream, protocol, analysis, store } satisfies Record<
  Stage,
  Readonly<Record<string, Row>>
>

const known: ReadonlyMap<string, CounterText> = new Map(
  stages.flatMap((stage) =>
    Object.entries(tables[stage] as Readonly<Record<string, Row>>).map(
      ([name, [label, says, now]]) =>
        [name, { stage, label, says, isGauge: now === 'now' }] as const,
    ),
  ),
)

/** Of the tables; counters by kind have more names. */
export const counterNames: readonly string[] = [...known.keys()]

/** Undefined for a counter of which nobody wrote what it means. */
export function counterText(name: string): CounterText | undefined {
  return known.get(name) ?? memberText(name)
}

type MemberText = Omit<CounterText, 'isGauge'> & { isGauge?: boolean }
type Member = (of: string, more: string) => MemberText | undefined

/** Order of the table: members of a family follow it, or go first in their stage. */
export function counterRank(name: string): number {
  const exact = ranks.get(name)
  return exact ?? (ranks.get(name.slice(0, name.indexOf('.'))) ?? counterNames.length) + 0.5
}

const ranks: ReadonlyMap<string, number> = new Map(counterNames.map((name, at) => [name, at]))

/** Counters by kind: the kind is in their name. */
const members: Readonly<Record<string, Member>> = {
  packets: (of) => outcomeText(of, ''),
  datagrams: (of) => outcomeText(of, ', made of fragments'),
  messages: (of) => {
    return { stage: 'protocol', label: `Messages of ${of}`, says: 'Decoded or malformed.' }
  },
  unread: (table, kind) => unreadText(table, kind),
  delivery: (of) => (Object.hasOwn(deliveryTexts, of) ? deliveryTexts[of] : undefined),
  duplicates: (_, vlans) => {
    const label = `Copies between VLANs ${vlans.replace('-', ' and ')}`
    return { stage: 'capture', label, says: 'Seen in both; 0 is none.' }
  },
}

/** Of a sensor that delivers to a cluster. */
const deliveryTexts: Readonly<Record<string, MemberText | undefined>> = {
  documents: waiting('Documents to deliver', 'Findings, assets and the like, to the cluster.'),
  observations: waiting('Observations to deliver', 'To the cluster, in their order.'),
  oldest_ms: waiting('Oldest to deliver', 'Milliseconds since it was stored here.'),
  dead_letters: waiting(
    'Documents refused',
    'By the cluster: they can be sent again, or given up.',
  ),
  lost: {
    stage: 'store',
    label: 'Observations never delivered',
    says: 'The quota deleted them before they were sent.',
  },
}

function waiting(label: string, says: string): MemberText {
  return { stage: 'store', label, says, isGauge: true }
}

function memberText(name: string): CounterText | undefined {
  const [family = '', of = '', ...more] = name.split('.')
  const text = of === '' ? undefined : members[family]?.(of, more.join('.'))
  return text && { isGauge: false, ...text }
}

/** By outcome, else by its first word. */
const outcomeSays: Readonly<Record<string, string>> = {
  tcp: 'Part of a conversation, or a copy.',
  udp: 'Part of a conversation, or a copy.',
  arp: 'A statement about an address.',
  fragment: 'Put together with the others of its datagram.',
  other: 'Counted by kind, and not read further.',
  cut: 'Raise the snap length of the capture to read them.',
  malformed: 'The header contradicts itself, or its length.',
  'tunnel-depth': 'More are not taken off: counted, and not read.',
}

function outcomeText(outcome: string, suffix: string): ReturnType<Member> {
  const words = outcomeWords[outcome]
  if (words === undefined) return undefined
  const says = outcomeSays[outcome] ?? outcomeSays[outcome.split('-')[0] ?? ''] ?? ''
  const label = words.charAt(0).toUpperCase() + words.slice(1) + suffix
  return { stage: 'packet', label, says }
}

const unreadTables: Readonly<Record<string, string>> = {
  etherTypes: 'EtherType',
  transports: 'IP protocol',
  links: 'link type',
}

function unreadText(table: string, kind: string): ReturnType<Member> {
  const what = unreadTables[table]
  if (what === undefined) return undefined
  const of = kind === 'rest' ? `of any other ${what}` : `${what} ${kind.replace(/^(ip|link)-/, '')}`
  return { stage: 'packet', label: `Not read: ${of}`, says: 'Seen beside what is decoded.' }
}
