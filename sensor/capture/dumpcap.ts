/** Capture by dumpcap, the part of Wireshark that may capture where its user may not. */
import { BUFFER_KIB, CaptureError, SNAPLEN_MAX } from './capture.ts'
import type { LiveOptions } from './capture.ts'
import type { PipeCommand } from './command.ts'
import type { CommandCounts } from './messages.ts'
import { stopped } from './tcpdump.ts'

export function dumpcapCommand(options: LiveOptions): PipeCommand {
  const { filter, snaplen = SNAPLEN_MAX, bufferKiB = BUFFER_KIB } = options
  return {
    way: 'dumpcap',
    program: 'dumpcap',
    words: (name) => {
      const words = ['-q', '-i', name, '-w', '-', '-s', String(snaplen)]
      words.push('-B', String(Math.max(1, Math.round(bufferKiB / 1024))))
      if (filter !== undefined && filter !== '') words.push('-f', filter)
      return words
    },
    read: readCounts,
    isFiltered: filter !== undefined && filter !== '',
    limits: ['dumpcap says what was lost only when it ends: not-assessable until then'],
    missing: () =>
      new CaptureError(
        'DUMPCAP_MISSING',
        "this way needs dumpcap, and 'dumpcap' is not there",
        'install it: apt install wireshark-common',
      ),
    stopped: (name, text, code) => stopped('dumpcap', name, text, code),
  }
}

/** `Packets received/dropped on interface 'eth1': 5/0 (pcap:0/dumpcap:0/flushed:0/ps_ifdrop:0)`. */
function readCounts(line: string, counts: CommandCounts): void {
  const said = /received\/dropped on interface .*: (\d+)\/(\d+) \(.*ps_ifdrop:(\d+)/.exec(line)
  if (said === null) return
  counts.passed = Number(said[1]) + Number(said[2])
  counts.dropped = Number(said[2])
  counts.droppedByInterface = Number(said[3])
}
