/** Topics as branches: what a client usually publishes to, whatever the last level says. */
import type { Fields } from '#sensor'
import { looksRandom } from './random-suffix.ts'

/** Levels beyond this belong to one branch: a publisher cannot grow the baseline by depth. */
const LEVELS_MAX = 8

/** `plant/a/temperature` is of branch `plant/a`; made-up levels are one level, `+`. */
export function branchOf(topic: string): string {
  const levels = topic.split('/')
  const kept = levels.length > 2 ? levels.slice(0, Math.min(levels.length - 1, LEVELS_MAX)) : levels
  return kept.map((level) => (looksRandom(level) ? '+' : level)).join('/')
}

/**
 * Sparkplug 3.0 section 4.1: namespace/group/type/edge node/device. Births, data and deaths of one
 * edge node are one branch: a rebirth is nothing new.
 */
export function sparkplugBranch(fields: Fields): string | undefined {
  const group = fields['sparkplug.group_id']
  const edge = fields['sparkplug.edge_node_id']
  if (typeof group !== 'string' || typeof edge !== 'string') return undefined
  const device = fields['sparkplug.device_id']
  const branch = `spBv1.0/${group}/+/${edge}`
  return typeof device === 'string' ? `${branch}/${device}` : branch
}
