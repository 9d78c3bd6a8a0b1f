/** The public face of the analyzer. */
export type { Severity } from './findings/finding.ts'
export type { InputError } from './input/input.ts'
export { formatInputError } from './input/input.ts'
export { check as checkInput } from './input/check.ts'
export { parseYaml, plain } from './input/yaml.ts'
export type { Doc } from './facts.ts'
export type {
  Changes,
  Decision,
  HealthSnapshot,
  RuleRecord,
  Store,
  StoreErrorCode,
} from './stores/store.ts'
export { StoreError } from './stores/store.ts'
export { openSqliteStore as openStore } from './stores/sqlite.ts'
export type { ConsoleOptions, RunningConsole } from './api/server.ts'
export { createConsole } from './api/server.ts'
export { ConsoleError } from './api/errors.ts'
export { packetsToPcapng } from './evidence/pcapng.ts'
