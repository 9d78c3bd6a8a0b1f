/** The options that `start`, `sensor` and `console` share, each told once. */
import type { Command } from 'commander'
import { ways } from '#sensor'

function add(name: string, before: readonly string[] = []): string[] {
  return [...before, name]
}

export function captureFlags(command: Command): Command {
  return command
    .argument('[file...]', 'captures to replay as if live, in time order; - is standard input')
    .option('--interface <name>', 'listen on this mirror port; more than one may be given', add)
    .option('--capture <way>', `how: ${ways.join(', ')} (default: ring, else tcpdump)`)
    .option('--capture-command <command>', 'capture by a command that writes pcap to its output')
    .option('--buffer <KiB>', 'what waits for the sensor, per interface (default: 65536)')
    .option('--filter <expression>', 'what to capture, as tcpdump has it: pcap-filter(7)')
    .option('--snaplen <bytes>', 'bytes of each packet to capture')
    .option('--speed <factor>', 'capture seconds per second of a replay, or max (default: 10)')
    .option('--workers <n>', 'threads that share the packets (default: 1)')
    .option('--follow', 'the file grows: read on as it is written, until stopped')
    .option('--policy <file>', 'zones and conduits to judge against')
    .option('--baseline <file>', 'what was learned: judge what is new against it')
    .option('--rules <path...>', 'Sigma rules beside the shipped ones')
    .option('--site <name>', 'the plant, part of the ids of assets')
    .addHelpText(
      'after',
      '\nExit codes: 0 ended or stopped, whatever was found: that is in the store; 2 error.',
    )
}

export function storeFlags(command: Command): Command {
  return command
    .option('--data <dir>', 'where the store lies (default: ~/.local/share/fieldtap/…)')
    .option('--config <file>', 'the configuration (default: fieldtap.yaml, where there is one)')
    .option('--timezone <name>', 'IANA time zone in which times are shown')
}

export function consoleFlags(command: Command): Command {
  return command
    .option('--host <address>', 'loopback address of the console (default: 127.0.0.1)')
    .option('--port <number>', 'port of the console (default: 8620)')
}
