/**
 * Capture, packet, stream and protocols alone: nobody listens. For the bench: prints what was
 * read, and how long that took without the start of the process.
 */
import type { Sink } from '#sensor'
import { Sensor, dissectors, openFile } from '#sensor'

const nobody: Sink = {
  requested() {},
  completed() {},
  identity() {},
  conversation() {},
  anomaly() {},
  health() {},
}

const began = performance.now()
const capture = openFile(process.argv[2] ?? '')
const sensor = new Sensor({ dissectors, sink: nobody })
for await (const batch of capture.batches()) sensor.batch(batch)
sensor.end()
const seconds = (performance.now() - began) / 1000
const messages = sensor.coverage().reduce((sum, line) => sum + line.messages, 0)
const residentBytes = process.resourceUsage().maxRSS * 1024
const counters = sensor.counters()
console.log(JSON.stringify({ seconds, packets: counters['packets'], messages, residentBytes }))
