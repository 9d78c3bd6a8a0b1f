/** What a live capture listens to and how, from the command line, else from fieldtap.yaml. */
import { commandWords, ways } from '#sensor'
import type { Way } from '#sensor'
import type { Complaints } from './command.ts'
import type { Config } from './config.ts'
import type { Source } from './data.ts'

export interface LiveFlags {
  interface?: string[]
  capture?: string
  captureCommand?: string
  filter?: string
  snaplen?: string
  buffer?: string
}

/** Undefined where nothing live was asked for. */
export function liveSource(
  flags: LiveFlags,
  config: Config['capture'],
  complaints: Complaints,
): Source | undefined {
  const way = wayOf(flags.capture, complaints)
  if (flags.captureCommand !== undefined) {
    const problem = commandProblem(flags)
    if (problem !== undefined) complaints.add('OPTION_INVALID', ...problem)
    return live([], undefined, commandWords(flags.captureCommand) ?? [])
  }
  if (flags.interface !== undefined) {
    const interfaces = [...new Set(flags.interface)]
    for (const problem of interfaceProblems(interfaces, way ?? config?.way)) {
      complaints.add('OPTION_INVALID', ...problem)
    }
    return live(interfaces, way ?? config?.way)
  }
  const interfaces = [...new Set(listOf(config?.interface))]
  if (interfaces.length > 0) return live(interfaces, way ?? config?.way)
  if (config?.command !== undefined) {
    const { command } = config
    return live([], undefined, typeof command === 'string' ? commandWords(command) : command)
  }
  if (flags.capture !== undefined) {
    complaints.add(
      'OPTION_INVALID',
      `--capture ${flags.capture} says how, and nothing says where`,
      'Name the mirror port: --interface eth1.',
    )
  }
  return undefined
}

type Problem = readonly [message: string, remedy: string]

/** What is wrong with names of interfaces; told of the command line and of the configuration. */
export function interfaceProblems(names: readonly string[], way: Way | undefined): Problem[] {
  const problems: Problem[] = []
  for (const name of names) {
    // The kernel allows no others: linux/if.h IFNAMSIZ, dev_valid_name(). Windows has long ones.
    if (process.platform === 'linux' && !/^[^\s/]{1,15}$/.test(name)) {
      problems.push([`'${name}' cannot be a network interface`, 'See their names with: ip link'])
    }
  }
  if (names.includes('any') && way !== undefined && way !== 'tcpdump') {
    problems.push([
      `all interfaces at once (any) cannot be captured with ${way}`,
      'Name the interfaces one by one, or leave --capture out.',
    ])
  }
  if (names.includes('any') && names.length > 1) {
    problems.push(['any is all interfaces: others beside it would be seen twice', 'Keep one.'])
  }
  return problems
}

function commandProblem(flags: LiveFlags): Problem | undefined {
  const { captureCommand = '', interface: interfaces, capture, filter, snaplen, buffer } = flags
  const problem = wordsProblem(captureCommand)
  if (problem !== undefined) return [`--capture-command ${problem[0]}`, problem[1]]
  if (interfaces !== undefined || capture !== undefined) {
    return [
      '--capture-command goes with neither --interface nor --capture',
      'Keep one: the command names its own interface.',
    ]
  }
  if ((filter ?? snaplen ?? buffer) !== undefined) {
    return ['--filter, --snaplen and --buffer are not passed on', 'Put them into the command.']
  }
  return undefined
}

/** What is wrong with a command line, after its name. */
export function wordsProblem(line: string): Problem | undefined {
  const words = commandWords(line)
  if (words === undefined) return ['has a quote that does not end', 'Close it.']
  if (words.length === 0)
    return ['is empty', "Give one that writes pcap: 'ssh tap tcpdump -U -w -'."]
  return undefined
}

function wayOf(text: string | undefined, complaints: Complaints): Way | undefined {
  const way = ways.find((name) => name === text)
  if (text !== undefined && way === undefined) {
    const remedy = `Give one of: ${ways.join(', ')}.`
    complaints.add('OPTION_INVALID', `--capture ${text} is no way to capture`, remedy)
  }
  return way
}

function live(
  interfaces: readonly string[],
  way: Way | undefined,
  command?: readonly string[],
): Source {
  return { kind: 'live', interfaces, way, command }
}

export function listOf(value: string | readonly string[] = []): readonly string[] {
  return typeof value === 'string' ? [value] : value
}
