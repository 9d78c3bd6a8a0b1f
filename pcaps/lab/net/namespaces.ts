/**
 * One network namespace per host, a bridge in a namespace of its own, and a mirror port on it.
 * Everything is named after this process, so that two recordings on one machine never meet.
 */

import { setTimeout as wait } from 'node:timers/promises'
import { HOST_KEYS, type HostKey } from '../plan/hosts.ts'
import type { Plant } from '../plan/plant.ts'
import { run } from './command.ts'

export type Network = {
  readonly namespaceOf: (host: HostKey) => string
  readonly bridgeNamespace: string
  readonly mirror: string
  /** Makes every host ask for its neighbours again, as after a quiet night. */
  readonly forgetNeighbours: () => void
  /** Frames to and from a host vanish for a moment: its senders must repeat them. */
  readonly hiccup: (host: HostKey) => Promise<void>
  readonly remove: () => void
}

/** The checksums and segments of a veth are only those of a wire with all of these off. */
const OFFLOADS = ['tx', 'rx', 'tso', 'gso', 'gro', 'sg'].flatMap((name) => [name, 'off'])

/** Longer than a poll takes and shorter than clients wait for an answer. */
const HICCUP_MS = 350

function quietIpv6(namespace: string): void {
  for (const scope of ['all', 'default']) {
    run('ip', [
      'netns',
      'exec',
      namespace,
      'sysctl',
      '-qw',
      `net.ipv6.conf.${scope}.disable_ipv6=1`,
    ])
  }
}

function addHost(plant: Plant, key: HostKey, index: number, bridge: string, space: string): void {
  const host = plant.hosts[key]
  const port = `p${index}`
  run('ip', ['netns', 'add', space])
  if (!host.ipv6) quietIpv6(space)
  run('ip', [
    '-n',
    bridge,
    'link',
    'add',
    port,
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    space,
  ])
  // The MAC goes on before the link comes up, or the kernel announces a made-up one.
  run('ip', ['-n', space, 'link', 'set', 'dev', 'eth0', 'address', host.mac])
  run('ip', ['netns', 'exec', bridge, 'ethtool', '-K', port, ...OFFLOADS])
  run('ip', ['netns', 'exec', space, 'ethtool', '-K', 'eth0', ...OFFLOADS])
  run('ip', ['-n', bridge, 'link', 'set', 'dev', port, 'master', 'br0', 'up'])
  run('ip', [
    '-n',
    space,
    'address',
    'add',
    `${host.ip}/${plant.prefixLength}`,
    'brd',
    '+',
    'dev',
    'eth0',
  ])
  run('ip', ['-n', space, 'link', 'set', 'dev', 'lo', 'up'])
  run('ip', ['-n', space, 'link', 'set', 'dev', 'eth0', 'up'])
  run('ip', ['-n', space, 'route', 'add', '224.0.0.0/4', 'dev', 'eth0'])
}

export function makeNetwork(plant: Plant): Network {
  const prefix = `ftl${process.pid}`
  const bridge = `${prefix}-bridge`
  const namespaceOf = (host: HostKey): string => `${prefix}-${host}`
  const made: string[] = []
  const remove = (): void => {
    for (const space of made.splice(0).reverse()) {
      try {
        run('ip', ['netns', 'delete', space])
      } catch (error) {
        // The others must still go.
        console.error(`lab: ${String(error)}`)
      }
    }
  }
  try {
    made.push(bridge)
    run('ip', ['netns', 'add', bridge])
    quietIpv6(bridge)
    // Ageing time 0 makes the bridge flood: so one more port sees every frame once.
    run('ip', [
      '-n',
      bridge,
      'link',
      'add',
      'br0',
      'type',
      'bridge',
      'ageing_time',
      '0',
      'mcast_snooping',
      '0',
    ])
    run('ip', ['-n', bridge, 'link', 'add', 'mirror', 'type', 'veth', 'peer', 'name', 'span'])
    for (const port of ['mirror', 'span']) {
      run('ip', ['netns', 'exec', bridge, 'ethtool', '-K', port, ...OFFLOADS])
    }
    run('ip', ['-n', bridge, 'link', 'set', 'dev', 'span', 'master', 'br0', 'up'])
    run('ip', ['-n', bridge, 'link', 'set', 'dev', 'mirror', 'up'])
    run('ip', ['-n', bridge, 'link', 'set', 'dev', 'br0', 'up'])
    for (const [index, key] of HOST_KEYS.entries()) {
      made.push(namespaceOf(key))
      addHost(plant, key, index, bridge, namespaceOf(key))
    }
  } catch (error) {
    remove()
    throw error
  }
  const forgetNeighbours = (): void => {
    for (const key of HOST_KEYS) {
      run('ip', ['-n', namespaceOf(key), 'neigh', 'flush', 'dev', 'eth0'])
    }
  }
  const hiccup = async (host: HostKey): Promise<void> => {
    const port = `p${HOST_KEYS.indexOf(host)}`
    // Off the bridge, not down: a lost carrier would drop addresses and wake the whole stack.
    run('ip', ['-n', bridge, 'link', 'set', 'dev', port, 'nomaster'])
    await wait(HICCUP_MS)
    run('ip', ['-n', bridge, 'link', 'set', 'dev', port, 'master', 'br0'])
  }
  return {
    namespaceOf,
    bridgeNamespace: bridge,
    mirror: 'mirror',
    forgetNeighbours,
    hiccup,
    remove,
  }
}
