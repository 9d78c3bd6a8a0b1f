/** What tcpdump says on its standard error, understood: statistics and reasons to stop. */
import { CaptureError } from './capture.ts'
import { interfaceDown, noInterface } from './interfaces.ts'

export interface Statistics {
  captured: number | undefined
  received: number | undefined
  dropped: number | undefined
}

/** Text kept for the reason of a failure. */
const TEXT_LENGTH_MAX = 4096

/** Collects standard error: numbers as they come, the last words for an explanation. */
export class Messages {
  readonly statistics: Statistics = { captured: undefined, received: undefined, dropped: undefined }
  text = ''
  #line = ''

  add(chunk: string): void {
    this.text = (this.text + chunk).slice(-TEXT_LENGTH_MAX)
    const lines = (this.#line + chunk).split('\n')
    this.#line = (lines.pop() ?? '').slice(-TEXT_LENGTH_MAX)
    for (const line of lines) this.#read(line)
  }

  /** SIGUSR1 puts all numbers on one line, the end has one line for each. */
  #read(line: string): void {
    const { statistics } = this
    statistics.captured = count(line, /(\d+) packets? captured/) ?? statistics.captured
    statistics.received = count(line, /(\d+) packets? received by filter/) ?? statistics.received
    const kernel = count(line, /(\d+) packets? dropped by kernel/)
    if (kernel !== undefined) statistics.dropped = kernel
  }
}

function count(line: string, pattern: RegExp): number | undefined {
  const digits = pattern.exec(line)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

export function missing(tcpdump: string): CaptureError {
  return new CaptureError(
    'TCPDUMP_MISSING',
    `live capture needs tcpdump, and '${tcpdump}' is not there`,
    'install it: apt install tcpdump (or name it with its path)',
  )
}

/** Why tcpdump stopped, from what it said. */
export function stopped(name: string, text: string, code: number | null): CaptureError {
  const said = lastLine(text)
  if (/permission|not permitted/i.test(text)) {
    return new CaptureError(
      'CAPTURE_NOT_PERMITTED',
      `this user may not capture on ${name}`,
      'run as root, or once: setcap cap_net_raw,cap_net_admin+ep $(which tcpdump)',
    )
  }
  if (/no such device|doesn't exist/i.test(text)) return noInterface(name)
  if (/not up/i.test(text)) return interfaceDown(name)
  if (/syntax error|can't parse filter|illegal|unknown host|expression/i.test(text)) {
    return new CaptureError(
      'FILTER_INVALID',
      `tcpdump refuses the filter: ${said}`,
      'see pcap-filter(7); try it with: tcpdump -d FILTER',
    )
  }
  const how = code === null ? 'was ended by a signal' : `ended with code ${code}`
  return new CaptureError(
    'CAPTURE_STOPPED',
    `tcpdump on ${name} ${how}${said === '' ? '' : `: ${said}`}`,
    `check the interface: ip -s link show ${name}`,
  )
}

function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim())
  const known = lines.filter(
    (line) => line !== '' && !/packets? (captured|received|dropped)/.test(line),
  )
  return (known.at(-1) ?? '').replace(/^tcpdump: /, '')
}
