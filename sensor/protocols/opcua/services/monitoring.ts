/** MonitoredItem and Subscription service sets (Part 4, 5.13 and 5.14). */
import type { Answer, Fields } from '../../../operation.ts'
import type { DataValue } from '../values.ts'
import type { Connection } from '../connection.ts'
import { isBad, statusText } from '../text.ts'
import type {
  CreateMonitoredItemsRequest,
  CreateMonitoredItemsResponse,
  DataChangeNotification,
  DeleteSubscriptionsResponse,
  PublishResponse,
  SetPublishingModeRequest,
  StatusChangeNotification,
  TransferSubscriptionsResponse,
} from '../types.generated.ts'
import { dataAnswer } from './attributes.ts'
import { GOOD, nodesItem, nodeTarget, statusAnswer, worstAnswer } from './service.ts'
import type { Service } from './service.ts'

export const subscription: Service = { classes: ['subscribe'] }

export const statuses: Service = {
  classes: ['subscribe'],
  answer: ({ results }: DeleteSubscriptionsResponse) => worstAnswer(results),
}

export const createMonitoredItems: Service = {
  classes: ['subscribe'],
  items(request: CreateMonitoredItemsRequest, connection) {
    const { subscriptionId, itemsToCreate } = request
    for (const { itemToMonitor, requestedParameters } of itemsToCreate) {
      const key = `${subscriptionId}/${requestedParameters.clientHandle}`
      connection.server.items.set(key, nodeTarget(itemToMonitor.nodeId, connection))
    }
    const nodes = itemsToCreate.map(({ itemToMonitor }) => itemToMonitor.nodeId)
    return nodesItem(nodes, connection)
  },
  answer({ results }: CreateMonitoredItemsResponse) {
    return worstAnswer(results.map(({ statusCode }) => statusCode))
  },
}

/** Off, it silences what the client would have been told: that belongs to the kind. */
export const setPublishingMode: Service = {
  classes: ['subscribe'],
  items({ publishingEnabled }: SetPublishingModeRequest) {
    const value = String(publishingEnabled)
    return [{ targets: [], detail: value, values: [value] }]
  },
  answer: ({ results }: DeleteSubscriptionsResponse) => worstAnswer(results),
}

export const transferSubscriptions: Service = {
  classes: ['subscribe'],
  answer({ results }: TransferSubscriptionsResponse) {
    return worstAnswer(results.map(({ statusCode }) => statusCode))
  },
}

/** What a Publish brought: the nodes are named when somebody asks. */
class Notified implements Answer {
  readonly outcome = 'success'
  readonly status: string
  readonly values: readonly string[] | undefined
  readonly numbers: readonly number[] | undefined
  readonly #fields: Fields
  readonly #nodes: readonly string[]

  /** The Publish went well, whatever the sensors behind it say. */
  constructor(answer: Answer, status: string, nodes: readonly string[]) {
    this.status = status
    this.values = answer.values
    this.numbers = answer.numbers
    this.#fields = answer.fields ?? {}
    this.#nodes = nodes
  }

  get fields(): Fields {
    const nodes = this.#nodes.map((node) => {
      return node.startsWith(NODE) ? node.slice(NODE.length) : node
    })
    return { ...this.#fields, 'opcua.node_id': nodes }
  }
}

const NODE = 'node:'

function notified(response: PublishResponse, connection: Connection): Answer {
  const values: DataValue[] = []
  const nodes: string[] = []
  const { items } = connection.server
  for (const { name, body } of response.notificationMessage.notificationData) {
    if (name === 'StatusChangeNotification') {
      return statusAnswer((body as StatusChangeNotification).status)
    }
    if (name !== 'DataChangeNotification') continue
    for (const { clientHandle, value } of (body as DataChangeNotification).monitoredItems) {
      const target = items.get(`${response.subscriptionId}/${clientHandle}`)
      nodes.push(target ?? `handle=${clientHandle}`)
      values.push(value)
    }
  }
  if (values.length === 0) return GOOD
  const answer = dataAnswer(values, connection)
  const bad = values.find(({ status }) => isBad(status))
  return new Notified(answer, bad === undefined ? 'Good' : statusText(bad.status), nodes)
}

/** A Publish waits until there is something to say: these end the waiting (Part 4, 5.14.5.3). */
const ENDINGS: ReadonlySet<number> = new Set([
  0x80260000, // BadSessionClosed
  0x80790000, // BadNoSubscription
])

export const publish: Service = {
  classes: ['subscribe'],
  endings: ENDINGS,
  answer: (response: PublishResponse, _item, connection) => notified(response, connection),
}
