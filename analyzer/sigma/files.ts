/** Rule files from disk: a boundary, so that the engine itself touches no file. */
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { RuleFile } from './ruleset.ts'

/**
 * Files as given; of folders every `.yml` and `.yaml` below, by name. Throws what the disk
 * says.
 */
export function readRuleFiles(paths: readonly string[]): RuleFile[] {
  return paths
    .flatMap((path) => (statSync(path).isDirectory() ? below(path) : [path]))
    .map((file) => ({ file, text: readFileSync(file, 'utf8') }))
}

function below(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((found) => found.isFile() && /\.ya?ml$/.test(found.name))
    .map((found) => join(found.parentPath, found.name))
    .toSorted()
}
