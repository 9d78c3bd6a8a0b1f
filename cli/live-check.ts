/**
 * What of a configuration only this machine can say: whether libpcap takes the filter, and whether
 * the interfaces are there. An interface may come later, so that it is missing is a warning.
 */
import { CaptureError, checkFilter, interfaceNames } from '#sensor'
import type { InputError, YamlNode } from '#analyzer'
import type { Config } from './config.ts'
import { placeOf } from './config.ts'
import { listOf } from './live-source.ts'

export interface Problems {
  readonly errors: readonly InputError[]
  readonly warnings: readonly InputError[]
}

export function liveProblems(
  { capture = {} }: Config,
  node: YamlNode | undefined,
  file: string,
  check: typeof checkFilter = checkFilter,
): Problems {
  const there = interfaceNames()
  const [errors, warnings]: [InputError[], InputError[]] = [[], []]
  const named = listOf(capture.interface).filter((name) => name !== 'any')
  // Where the system does not list them, nothing is known.
  const missing = there.length === 0 ? [] : named.filter((name) => !there.includes(name))
  if (missing.length > 0) {
    const is = missing.length === 1 ? 'is no network interface' : 'are no network interfaces'
    warnings.push({
      file,
      ...placeOf(node, 'capture', 'interface'),
      code: 'INTERFACE_NOT_FOUND',
      message: `${missing.join(', ')} ${is} of this machine`,
      remedy: `It must be there when the sensor starts; now there are: ${there.join(', ')}.`,
    })
  }
  if (capture.filter !== undefined && capture.command === undefined) {
    const at = { file, ...placeOf(node, 'capture', 'filter') }
    const known = named.find((name) => there.includes(name))
    const problem = problemOf(() => check(capture.filter ?? '', known))
    if (problem?.code === 'FILTER_INVALID') errors.push({ ...at, ...problem })
    else if (problem !== undefined) warnings.push({ ...at, ...problem })
  }
  return { errors, warnings }
}

type Problem = Pick<InputError, 'code' | 'message' | 'remedy'>

function problemOf(check: () => void): Problem | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof CaptureError && error.code === 'FILTER_INVALID') {
      const { code, message } = error
      return { code, message, remedy: 'See pcap-filter(7); try it with: tcpdump -d FILTER' }
    }
    const why = error instanceof Error ? error.message : String(error)
    const remedy =
      error instanceof CaptureError
        ? `${error.remedy.charAt(0).toUpperCase()}${error.remedy.slice(1)}.`
        : 'It is tried when the sensor starts.'
    return { code: 'FILTER_UNCHECKED', message: `the filter was not checked: ${why}`, remedy }
  }
}
