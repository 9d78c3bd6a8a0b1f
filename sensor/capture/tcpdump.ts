/** Capture by tcpdump: portable, and the privilege is its alone. */
import { BUFFER_KIB, CaptureError, SNAPLEN_MAX } from './capture.ts'
import type { LiveOptions } from './capture.ts'
import type { PipeCommand } from './command.ts'
import { interfaceDown, noInterface } from './interfaces.ts'
import type { CommandCounts } from './messages.ts'
import { lastLine, numberIn } from './messages.ts'

export function tcpdumpCommand(options: LiveOptions): PipeCommand {
  const { filter, snaplen = SNAPLEN_MAX, bufferKiB = BUFFER_KIB, tcpdump = 'tcpdump' } = options
  return {
    way: 'tcpdump',
    program: tcpdump,
    words: (name) => {
      const words = ['-i', name, '-w', '-', '-U', '-n']
      words.push('-B', String(bufferKiB), '-s', String(snaplen))
      if (filter !== undefined && filter !== '') words.push('--', filter)
      return words
    },
    read: readCounts,
    isFiltered: filter !== undefined && filter !== '',
    // Makes it say its counters: the kernel's drops while it runs.
    ask: 'SIGUSR1',
    limits: [],
    missing: () =>
      new CaptureError(
        'TCPDUMP_MISSING',
        `live capture needs tcpdump, and '${tcpdump}' is not there`,
        'install it: apt install tcpdump (or name it with its path)',
      ),
    stopped: (name, text, code) => stopped('tcpdump', name, text, code),
  }
}

/** SIGUSR1 puts all numbers on one line, the end has one line for each. */
export function readCounts(line: string, counts: CommandCounts): void {
  counts.passed = numberIn(line, /(\d+) packets? received by filter/) ?? counts.passed
  counts.dropped = numberIn(line, /(\d+) packets? dropped by kernel/) ?? counts.dropped
  const byInterface = numberIn(line, /(\d+) packets? dropped by interface/)
  // It says nothing of them where there were none.
  if (counts.passed !== undefined) counts.droppedByInterface ??= 0
  if (byInterface !== undefined) counts.droppedByInterface = byInterface
}

/** Why a program of libpcap stopped, from what it said. */
export function stopped(
  program: string,
  name: string,
  text: string,
  code: number | null,
): CaptureError {
  const said = lastLine(
    text,
    /packets? (captured|received|dropped)|listening on|^File:|^Capturing on/i,
  ).replace(/^\w+: /, '')
  if (/permission|not permitted/i.test(text)) {
    return new CaptureError(
      'CAPTURE_NOT_PERMITTED',
      `this user may not capture on ${name}`,
      // Not setcap on the program: then everybody on this machine could capture.
      `give ${program} the capability with the sensor: AmbientCapabilities=CAP_NET_RAW in a unit of ` +
        'systemd (deploy/systemd/fieldtap-sensor.service), or setpriv --inh-caps +net_raw ' +
        '--ambient-caps +net_raw as README has it',
    )
  }
  if (/no such device|doesn't exist/i.test(text)) return noInterface(name)
  if (/not up/i.test(text)) return interfaceDown(name)
  if (
    /syntax error|can't parse filter|illegal|unknown host|expression|capture filter/i.test(text)
  ) {
    // dumpcap has libpcap's own words between brackets, and a reference as its last line.
    const why = /isn't a valid capture filter \((.*)\)/.exec(text)?.[1] ?? said
    return new CaptureError(
      'FILTER_INVALID',
      `${program} refuses the filter: ${why}`,
      'see pcap-filter(7); try it with: tcpdump -d FILTER',
    )
  }
  const how = code === null ? 'was ended by a signal' : `ended with code ${code}`
  return new CaptureError(
    'CAPTURE_STOPPED',
    `${program} on ${name} ${how}${said === '' ? '' : `: ${said}`}`,
    `check the interface: ip -s link show ${name}`,
  )
}
