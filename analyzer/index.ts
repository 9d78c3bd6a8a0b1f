/** The public face of the analyzer. */
export type { Severity } from './findings/finding.ts'
export type { InputError } from './input/input.ts'
export { formatInputError } from './input/input.ts'
export { check as checkInput } from './input/check.ts'
export { parseYaml, plain } from './input/yaml.ts'
