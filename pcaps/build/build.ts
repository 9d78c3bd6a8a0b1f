/**
 * Writes the captures of `pcaps/{modbus,opcua,mqtt,sparkplug,transport,packet}`: `node pcaps/build/build.ts`.
 * What the sensor says of them is written by `npm run golden -- --update`, and read by a person.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { captureOf } from './case.ts'
import { cases } from './cases.ts'

const folder = dirname(import.meta.dirname)

for (const one of cases) {
  const { path, bytes } = captureOf(one)
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), bytes)
}
