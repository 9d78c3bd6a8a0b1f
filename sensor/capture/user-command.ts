/** Capture by any command that writes pcap to its output, as `ssh tap tcpdump -U -w -`. */
import { CaptureError } from './capture.ts'
import type { PipeCommand } from './command.ts'
import { lastLine } from './messages.ts'

/** The first word is the program. No shell is between: who wants one names it. */
export function userCommand(words: readonly string[]): PipeCommand {
  const program = words[0] ?? ''
  return {
    way: 'command',
    program,
    words: () => words.slice(1),
    // What it says belongs to whoever wrote it: no number in it is taken for one of ours.
    read: () => {},
    mayEnd: true,
    limits: ['what the command loses is not-assessable', 'frames sent are not-assessable'],
    missing: () =>
      new CaptureError(
        'COMMAND_MISSING',
        `the capture command '${program}' is not there`,
        'install it, or name it with its path',
      ),
    stopped: (name, text, code) => {
      const how = code === null ? 'was ended by a signal' : `ended with code ${code}`
      const said = lastLine(text, /^$/)
      return new CaptureError(
        'CAPTURE_STOPPED',
        `the capture command (${name}) ${how}${said === '' ? '' : `: ${said}`}`,
        'run it by itself and see what it says; it has to write pcap to its standard output',
      )
    },
  }
}
