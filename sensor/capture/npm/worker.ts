/** The process in which a package of npm captures: packets go to its standard output as pcap. */
import { writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { captureByCap } from './cap.ts'
import type { ChildSettings } from './package.ts'
import { PcapWriter } from './pcap-writer.ts'
import { captureByPcap } from './pcap.ts'

const settings = JSON.parse(process.argv[2] ?? '{}') as ChildSettings

function fail(text: string): never {
  writeSync(2, `${settings.name}: ${text}\n`)
  process.exit(1)
}

async function load(): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(settings.path).href)) as { default: unknown }
    return module.default
  } catch (error) {
    return fail(`cannot load the package: ${(error as Error).message}`)
  }
}

const module = await load()
const writer = new PcapWriter(settings.snaplen)
try {
  const capture = settings.name === 'cap' ? captureByCap : captureByPcap
  const end = capture(module, settings, writer)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      end()
      writer.flush()
      process.exit(0)
    })
  }
} catch (error) {
  fail((error as Error).message)
}
