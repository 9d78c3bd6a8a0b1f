/** What a Sparkplug message asks or says, in the words of fields.md. */
import type {
  Fields,
  FieldValue,
  NotAssessable,
  OperationClass,
  OperationDraft,
} from '../../operation.ts'
import type { MetricValue } from './datatypes.ts'
import { datatypes } from './datatypes.ts'
import type { Metric } from './payload.ts'
import type { SparkplugTopic } from './topic.ts'

export interface Told {
  readonly seq: number
  readonly bdSeq: string
}

/** Names in one record; births have thousands, of which the record needs none. */
const NAMES_MAX = 64

const WRITE: readonly OperationClass[] = ['write']
const COMMAND: readonly OperationClass[] = ['command']
const DELIVERY: readonly OperationClass[] = ['deliver']

/** What the carrier said stays; the fields are put together when somebody asks for them. */
class Draft implements OperationDraft {
  readonly protocol = 'sparkplug'
  readonly action: string
  readonly classes: readonly OperationClass[]
  readonly targets: readonly string[]
  readonly kind: string
  declare readonly user?: string
  declare readonly notAssessable?: readonly NotAssessable[]
  readonly #carrier: OperationDraft
  readonly #topic: SparkplugTopic
  readonly #told: Told | undefined
  readonly #metrics: readonly Metric[]

  constructor(
    classes: readonly OperationClass[],
    targets: readonly string[],
    kind: string,
    carrier: OperationDraft,
    topic: SparkplugTopic,
    told: Told | undefined,
    metrics: readonly Metric[],
  ) {
    this.action = topic.type
    this.classes = classes
    this.targets = targets
    this.kind = kind
    if (carrier.user !== undefined) this.user = carrier.user
    if (carrier.notAssessable !== undefined) this.notAssessable = carrier.notAssessable
    this.#carrier = carrier
    this.#topic = topic
    this.#told = told
    this.#metrics = metrics
  }

  get fields(): Fields {
    return messageFields(this.#carrier.fields, this.#topic, this.#told, this.#metrics)
  }
}

class ValueDraft extends Draft {
  declare readonly values: readonly string[]
  declare readonly numbers?: readonly number[]

  hold(value: MetricValue): this {
    const own = this as { values?: readonly string[]; numbers?: readonly number[] }
    own.values = value.texts
    if (value.numbers.length > 0) own.numbers = value.numbers
    return this
  }
}

export function messageDraft(
  carrier: OperationDraft,
  topic: SparkplugTopic,
  told: Told | undefined,
  metrics: readonly Metric[],
): OperationDraft {
  const { classes, targets, kind } = carrier
  return new Draft(classes, targets, kind, carrier, topic, told, metrics)
}

/** One for each metric that a command sets; what the broker hands on is one delivery. */
export function commandDrafts(
  carrier: OperationDraft,
  topic: SparkplugTopic,
  told: Told,
  metrics: readonly Metric[],
  values: readonly MetricValue[],
  { delivered, born }: { readonly delivered: boolean; readonly born: boolean },
): readonly OperationDraft[] {
  const targets = metrics.map((metric) => targetOf(topic, metric))
  if (delivered) {
    const kind = `${carrier.kind}\n${targets.slice(0, NAMES_MAX).join('\n')}`
    return [new Draft(DELIVERY, targets, kind, carrier, topic, told, metrics)]
  }
  if (metrics.length === 0) {
    return [new Draft(WRITE, carrier.targets, carrier.kind, carrier, topic, told, metrics)]
  }
  return metrics.map((metric, index) => {
    const target = targets[index] as string
    const late = metric.name === '' && !born
    const kind = `${carrier.kind}\n${target}${late ? '\nlate' : ''}`
    const classes = isControl(metric.name) ? COMMAND : WRITE
    const from = late ? unnamed(carrier) : carrier
    return new ValueDraft(classes, [target], kind, from, topic, told, [metric]).hold(
      values[index] as MetricValue,
    )
  })
}

/** Its node was born before we listened, or unseen: what the alias stands for is not known. */
function unnamed(carrier: OperationDraft): OperationDraft {
  const doubts = carrier.notAssessable ?? []
  if (doubts.includes('midstream')) return carrier
  const { action, classes, targets, kind, user } = carrier
  return {
    ...{ action, classes, targets, kind, ...(user === undefined ? {} : { user }) },
    notAssessable: [...doubts, 'midstream'],
    get fields() {
      return carrier.fields
    },
  }
}

/** Section 6.4.20: `Node Control/Rebirth` and its like make the node act. */
function isControl(name: string): boolean {
  return name.startsWith('Node Control/') || name.startsWith('Device Control/')
}

function targetOf(topic: SparkplugTopic, { name, alias }: Metric): string {
  return `${topic.prefix}${name === '' ? `alias:${alias}` : name}`
}

function messageFields(
  carrier: Fields,
  topic: SparkplugTopic,
  told: Told | undefined,
  metrics: readonly Metric[],
): Fields {
  const fields: Record<string, FieldValue> = {
    ...carrier,
    'sparkplug.message_type': topic.type,
  }
  if (topic.group !== '') fields['sparkplug.group_id'] = topic.group
  if (topic.node !== '') fields['sparkplug.edge_node_id'] = topic.node
  if (topic.device !== '') fields['sparkplug.device_id'] = topic.device
  if (told !== undefined && told.seq >= 0) fields['sparkplug.seq'] = told.seq
  if (told !== undefined && told.bdSeq !== '') fields['sparkplug.bd_seq'] = Number(told.bdSeq)
  const few = metrics.slice(0, NAMES_MAX)
  const one = metrics.length === 1 ? metrics[0] : undefined
  const names = few.map(({ name }) => name).filter((name) => name !== '')
  if (names.length > 0) fields['sparkplug.metric'] = one === undefined ? names : one.name
  if (one === undefined) return fields
  if (one.alias !== '') fields['sparkplug.alias'] = Number(one.alias)
  fields['sparkplug.datatype'] = datatypes[one.datatype] ?? String(one.datatype)
  return fields
}
