/**
 * The one command: builds the plant of a seed in network namespaces, plays the script, records it,
 * proves the recording and writes it. Needs root; touches no network of the machine.
 */

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { exists } from './net/command.ts'
import { makeNetwork } from './net/namespaces.ts'
import { makePlant, type Plant } from './plan/plant.ts'
import { makePolicy } from './plan/policy.ts'
import { PARTS, countProtocols } from './proof/counts.ts'
import { makeLabels } from './proof/labels.ts'
import { prove } from './proof/prove.ts'
import { chooseLost, cutMisuse, toPcapng } from './proof/slices.ts'
import { makeStage } from './stage/actor.ts'
import { playStory, startServers, type Story } from './stage/story.ts'

const DEFAULT_SEED = 1
const PROGRAMS: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  ethtool: 'ethtool',
  tcpdump: 'tcpdump',
  tshark: 'tshark',
  editcap: 'tshark',
  mosquitto: 'mosquitto',
  mosquitto_passwd: 'mosquitto',
  unshare: 'util-linux',
  hostname: 'hostname',
  sysctl: 'procps',
}

function missing(): string[] {
  const found: string[] = []
  const major = Number(process.versions.node.split('.')[0])
  if (major < 24) found.push('Node 24 (run it by `npm run record`, which brings its own)')
  if (process.platform !== 'linux') found.push('Linux')
  if (process.getuid?.() !== 0) found.push('root (network namespaces and a capture need it)')
  for (const [program, debianPackage] of Object.entries(PROGRAMS)) {
    if (!exists(program)) found.push(`${program} (Debian: apt-get install ${debianPackage})`)
  }
  return found
}

async function play(plant: Plant, work: string): Promise<Story> {
  const network = makeNetwork(plant)
  const stage = makeStage(plant, network, work)
  let interrupted = false
  const interrupt = (): void => {
    interrupted = true
    void stage.endAll().finally(() => {
      network.remove()
      process.exit(130)
    })
  }
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  try {
    await startServers(plant, stage, work)
    return await playStory(network, stage, work, (line) => {
      console.log(line)
    })
  } finally {
    process.removeListener('SIGINT', interrupt)
    process.removeListener('SIGTERM', interrupt)
    if (!interrupted) {
      await stage.endAll()
      network.remove()
    }
  }
}

async function record(seed: number, output: string): Promise<void> {
  const plant = makePlant(seed)
  const work = mkdtempSync(join(tmpdir(), 'fieldtap-lab-'))
  const draft = join(work, 'recording')
  mkdirSync(join(draft, 'misuse'), { recursive: true })
  console.log(`seed ${seed}, working in ${work}`)
  const recorded = new Date().toISOString()
  const story = await play(plant, work)
  const { frames, lost } = chooseLost(plant, story.pcaps.quiet)
  for (const part of PARTS) {
    const taken = part === 'quiet' ? frames : []
    toPcapng(story.pcaps[part], join(draft, `${part}.pcapng`), taken)
  }
  for (const played of story.played) cutMisuse(plant, played, draft)
  const labels = makeLabels(plant, recorded, story.played, lost, countProtocols(draft))
  writeFileSync(join(draft, 'labels.json'), `${JSON.stringify(labels, null, 2)}\n`)
  writeFileSync(join(draft, 'policy.yaml'), makePolicy(plant))
  const complaints = prove(plant, draft, labels)
  if (complaints.length > 0) {
    throw new Error(
      `the recording lacks something and is not kept (logs in ${work}):\n` +
        complaints.map((line) => `- ${line}`).join('\n'),
    )
  }
  mkdirSync(output, { recursive: true })
  // What an older recording left there must not stand beside the new one.
  for (const name of [
    'learn.pcapng',
    'quiet.pcapng',
    'day.pcapng',
    'misuse',
    'labels.json',
    'policy.yaml',
  ]) {
    rmSync(join(output, name), { recursive: true, force: true })
  }
  cpSync(draft, output, { recursive: true })
  rmSync(work, { recursive: true, force: true })
  console.log(`recorded into ${output}`)
}

const { values } = parseArgs({
  options: { seed: { type: 'string' }, output: { type: 'string' } },
})
const seed = Number(values.seed ?? DEFAULT_SEED)
const lacking = missing()
if (!Number.isSafeInteger(seed) || seed < 0) lacking.push('a seed that is a whole number from 0')
if (lacking.length > 0) {
  console.error(`A recording cannot be made here. Missing:\n- ${lacking.join('\n- ')}`)
  process.exit(2)
}
try {
  await record(seed, resolve(values.output ?? join(import.meta.dirname, '..', 'plant')))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
