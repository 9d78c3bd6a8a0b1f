/** HMI, SCADA and historian: one connection per server, its jobs one after the other. */

import type { Job, ReadJob, ServerKey, WriteJob } from '../plan/modbus-layout.ts'
import { ModbusLink } from './modbus-link.ts'
import { onStop, phaseOf, role } from './role.ts'
import { repeat, type Task } from './schedule.ts'
import { clockWords, floatWords, rangeValues } from './values.ts'

const { plant, host, args, chance, say } = role('modbus client')
const phase = phaseOf(args[0])
const jobs = plant.modbus.jobs[host.key as 'hmi' | 'scada' | 'historian']
let stopping = false
let announced = false

function answered(result: unknown): void {
  if (announced || result === null) return
  announced = true
  say({ ready: true })
}

function readTask(link: ModbusLink, job: ReadJob): Task {
  const { address, quantity } = job
  return {
    everyMs: job.everyMs,
    work: async () => {
      answered(
        await link.ask(job.unit, async (client): Promise<unknown> => {
          switch (job.functionCode) {
            case 1:
              return client.readCoils(address, quantity)
            case 2:
              return client.readDiscreteInputs(address, quantity)
            case 3:
              return client.readHoldingRegisters(address, quantity)
            case 4:
              return client.readInputRegisters(address, quantity)
          }
        }),
      )
    },
  }
}

/** The registers or coils that the next write of a job carries. */
function nextValues(job: WriteJob): () => number[] {
  const one = rangeValues(job.low, job.high, phase, chance, job.shape === 'float' ? 2 : 0)
  let turn = chance.whole(0, 1)
  switch (job.shape) {
    case 'range':
      return () => [one()]
    case 'set':
      return () => [chance.whole(job.low, job.high)]
    case 'float':
      return () => floatWords(one())
    case 'recipe':
      return () => Array.from({ length: job.quantity }, () => one())
    case 'clock':
      return clockWords
    // Counted from the clock, so that a restarted client goes on where it was.
    case 'counter':
      return () => [Math.floor(Date.now() / 1000) % 65536]
    case 'toggle':
      return () => {
        turn += 1
        return Array.from({ length: job.quantity }, (_, bit) => (turn >> (bit % 3)) % 2)
      }
  }
}

function writeTask(link: ModbusLink, job: WriteJob): Task {
  const next = nextValues(job)
  return {
    everyMs: job.everyMs,
    work: async () => {
      const values = next()
      answered(
        await link.ask(job.unit, async (client): Promise<unknown> => {
          switch (job.functionCode) {
            case 5:
              return client.writeCoil(job.address, values[0] === 1)
            case 6:
              return client.writeRegister(job.address, values[0] ?? 0)
            case 15:
              return client.writeCoils(
                job.address,
                values.map((value) => value === 1),
              )
            case 16:
              return client.writeRegisters(job.address, values)
          }
        }),
      )
    },
  }
}

const byServer = new Map<ServerKey, Job[]>()
for (const job of jobs) byServer.set(job.server, [...(byServer.get(job.server) ?? []), job])

const links = [...byServer.entries()].map(([server, list]) => {
  const link = new ModbusLink(plant.hosts[server].ip)
  const tasks = list.map((job) =>
    job.kind === 'read' ? readTask(link, job) : writeTask(link, job),
  )
  const ended = repeat(tasks, phase, chance.branch(server), () => stopping)
  return { link, ended }
})
onStop(async () => {
  stopping = true
  await Promise.all(links.map((each) => each.ended))
  for (const each of links) each.link.close()
})
