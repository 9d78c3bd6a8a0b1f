/** What happened to the sensor, as a sentence: the Sensor page and standard error tell it. */
import type { SensorEventName } from '#sensor'
import { limitWords } from '#analyzer'
import { numberText } from './print.ts'

type Values = Readonly<Record<string, unknown>>
type Sentence = (is: (name: string) => string, has: (name: string) => boolean) => string

/** States of the store, and what they mean. */
const storeStates: Readonly<Record<string, string>> = {
  ok: 'the store keeps everything again',
  low: 'the store has little room',
  full: 'the store keeps findings and no more observations',
  failing: 'the disk of the store failed',
  damaged: 'a file of the store is damaged and was put aside',
}

const on = (is: (name: string) => string, has: (name: string) => boolean): string =>
  has('interface') ? ` on ${is('interface')}` : ''

const sentences: Readonly<Record<SensorEventName, Sentence>> = {
  gap: (is, has) => {
    const from = has('begin') ? `, from ${moment(is('begin'))} on` : ''
    const why = has('reason') ? `: ${reasonText(is('reason'))}` : ''
    return `nothing could be seen${on(is, has)} for ${is('seconds')} s${from}${why}`
  },
  loss: (is, has) => {
    if (is('cause') === 'upstream') {
      return `${is('bytes')} bytes (${is('percent')} %) were lost before the sensor in a minute`
    }
    return `${is('lost')} packets were lost${on(is, has)}, ${is('lost_in_all')} in all`
  },
  silence: (is, has) => {
    const why = has('reason') ? `: ${reasonText(is('reason'))}` : ''
    return `no packet${on(is, has)} for ${is('seconds')} s${why}`
  },
  limit: (is) => {
    return `a bound was reached: ${is('count')} ${limitWords(is('table'))}`
  },
  clock: (is) => `the clock of the capture went back by ${is('back')} s`,
  unaccounted: (is) => {
    const sides = `${is('left')} against ${is('right')} ${is('unit')}`
    return `${is('identity')} ${is('part')} does not balance: ${sides}`
  },
  transmitted: (is, has) => {
    const frames = is('frames') === '1' ? '1 frame' : `${is('frames')} frames`
    return `this machine sent ${frames}${on(is, has)}: Fieldtap did not`
  },
  interface: (is) => {
    if (is('change') === 'renamed') return `${is('from')} is called ${is('to')} now`
    return `${is('interface')} hears nothing since ${moment(is('begin'))}: ${reasonText(is('reason'))}`
  },
  backlog: (is) => {
    const what = `${is('observations')} observations and ${is('documents')} documents`
    return `${what} wait for the cluster, the oldest for ${is('seconds')} s`
  },
  'dead-letter': (is) => {
    const what = is('count') === '1' ? '1 document' : `${is('count')} documents`
    return `the cluster refused ${what}; kept aside, to be sent again`
  },
  store: (is, has) => {
    const words = has('reason') ? `: ${is('reason')}` : ''
    return `${storeStates[is('state')] ?? is('state')}${words}`
  },
  'policy-expired': () => 'the policy is past its end: have it reviewed',
}

const isEvent = (name: string): name is SensorEventName => Object.hasOwn(sentences, name)

export function eventText(event: string, values: Values): string {
  const has = (name: string): boolean => (values[name] ?? '') !== ''
  if (isEvent(event)) return sentences[event]((name) => textOf(values[name]), has)
  return Object.entries(values)
    .map(([name, value]) => `${name.replaceAll('_', ' ')} ${textOf(value)}`)
    .join(', ')
}

/** `2026-11-21 03:10:00 UTC`. */
export function moment(iso: string): string {
  return iso.replace(/^(\S{10})T(\S{8})\S*Z$/, '$1 $2 UTC')
}

function reasonText(reason: string): string {
  return reason === 'down' ? 'it is down' : reason === 'silent' ? 'it was silent' : reason
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? numberText(value) : String(value)
  if (typeof value === 'string' || typeof value === 'boolean') return String(value)
  return Array.isArray(value) ? value.map(textOf).join(', ') : ''
}
