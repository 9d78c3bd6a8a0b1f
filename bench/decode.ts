/** Capture, packet, stream and protocols alone: nobody listens. For the bench. */
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

const capture = openFile(process.argv[2] ?? '')
const sensor = new Sensor({ dissectors, sink: nobody })
for await (const batch of capture.batches()) sensor.batch(batch)
sensor.end()
console.log(JSON.stringify(sensor.counters()))
