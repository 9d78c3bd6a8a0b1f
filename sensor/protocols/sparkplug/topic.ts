/** Topics: Sparkplug B 3.0 chapter 4. */

export interface SparkplugTopic {
  readonly type: string
  readonly group: string
  readonly node: string
  /** '' for the node itself. */
  readonly device: string
  readonly isBirth: boolean
  readonly isCommand: boolean
  /** `metric:G1/E1/D1/`, to which the metric's name is added. */
  readonly prefix: string
  /** Group and edge node: what births are kept by. */
  readonly edge: string
}

/** Section 4.1: namespace, group, message type, edge node and, of D messages, the device. */
const NAMESPACE = 'spBv1.0'
export const NODE_TYPES: ReadonlySet<string> = new Set(['NBIRTH', 'NDEATH', 'NDATA', 'NCMD'])
export const DEVICE_TYPES: ReadonlySet<string> = new Set(['DBIRTH', 'DDEATH', 'DDATA', 'DCMD'])

export function parseTopic(name: string): SparkplugTopic | undefined {
  if (!name.startsWith(`${NAMESPACE}/`)) return undefined
  const [, group = '', type = '', node = '', device = '', ...rest] = name.split('/')
  // Section 4.3: spBv1.0/STATE/<host id>.
  if (group === 'STATE' && type !== '') return topicOf('STATE', '', '', '')
  const isNode = NODE_TYPES.has(type) && device === ''
  const isDevice = DEVICE_TYPES.has(type) && device !== ''
  if (rest.length > 0 || group === '' || node === '' || !(isNode || isDevice)) return undefined
  return topicOf(type, group, node, device)
}

function topicOf(type: string, group: string, node: string, device: string): SparkplugTopic {
  return {
    type,
    group,
    node,
    device,
    isBirth: type === 'NBIRTH' || type === 'DBIRTH',
    isCommand: type === 'NCMD' || type === 'DCMD',
    prefix: `metric:${group}/${node}/${device === '' ? '' : `${device}/`}`,
    edge: `${group}/${node}`,
  }
}
