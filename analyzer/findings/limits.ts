/** What reaching a bound of the sensor costs, in words: findings and the Sensor page say it. */

/** Tables of the event `limit`, and what reaching their bound costs. */
const tables: Readonly<Record<string, string>> = {
  'held-bytes': 'messages could not be put together: the buffers are full',
  'waiting-segments': 'parts of streams did not wait for what comes before them',
  'pending-requests': 'requests were not joined with their answers: too many at once',
  'ip-fragments': 'IP fragments were not read',
  'vlan-tags': 'packets had more VLAN tags than are read',
  'tunnel-depth': 'packets had more tunnels within each other than are read',
  'snap-length': 'packets were cut by the snap length of the capture',
  arp: 'ARP statements were not kept',
  servers: 'servers were not remembered',
  'server-memory': 'names, sessions and aliases that servers gave were forgotten',
  flows: 'conversations were given up: too many at once',
  connections: 'conversations were not read to their end: too many at once',
  attempts: 'unanswered attempts were only counted',
  links: 'pairs of hosts were not remembered',
  resets: 'refusals were forgotten',
  assets: 'assets were not listed',
  candidates: 'addresses that never answered were forgotten',
  adapters: 'adapters were forgotten: their MACs are new when seen again',
  attributes: 'attributes of assets were not kept',
  conversations: 'conversations were not listed',
  cells: 'pairs of zones were not listed',
  entriesRefused: 'entries were not learned: the baseline is full',
  envelopesRefused: 'ranges of values were not learned',
  ratesRefused: 'rhythms were not learned',
  groupsEvicted: 'groups of correlation rules were forgotten',
  entriesEvicted: 'matches left the window of a correlation rule early',
  findings: 'findings were put together: too many of one rule',
}

/** After a number, or alone. */
export function limitWords(table: string): string {
  return Object.hasOwn(tables, table)
    ? (tables[table] ?? '')
    : `did not fit into the table ${table}`
}
