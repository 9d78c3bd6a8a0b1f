/** From the configuration to what a cluster is reached with; its files are looked at here. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ElasticOptions, InputError, YamlNode } from '#analyzer'
import { readCertificates, readSecret, yamlEntry } from '#analyzer'
import { describe } from './command.ts'
import type { ElasticConfig } from './elastic-config.ts'
import { optionsOf } from './elastic-config.ts'

/** What this host does with a cluster. */
export interface ClusterOptions {
  /** Of the shipper: it writes. */
  readonly ship: ElasticOptions
  /** Of the console: it reads, and writes what people do. */
  readonly show: ElasticOptions
  readonly malcolm: boolean
  readonly retentionDays: number
  /** Keys whose approvals and names are applied, beside this host's own console. */
  readonly trust: readonly string[]
}

const RETENTION_DAYS_DEFAULT = 30

/** `base`: the folder of the configuration, by which its paths go. */
export function clusterOptions(config: ElasticConfig, base: string): ClusterOptions {
  const located = (options: ElasticOptions): ElasticOptions => {
    const { caFile, apiKeyFile, passwordFile } = options
    const below = (path: string | undefined): string | undefined =>
      path === undefined ? undefined : resolve(base, path)
    return {
      ...options,
      caFile: below(caFile),
      apiKeyFile: below(apiKeyFile),
      passwordFile: below(passwordFile),
    }
  }
  return {
    ship: located(optionsOf(config, false)),
    show: located(optionsOf(config, true)),
    malcolm: config.malcolm ?? false,
    retentionDays: config.retention_days ?? RETENTION_DAYS_DEFAULT,
    trust: config.trust ?? [],
  }
}

const files = {
  ca_file: readCertificates,
  api_key_file: (file: string) => readSecret(file, 'API key'),
  password_file: (file: string) => readSecret(file, 'password'),
  console_api_key_file: (file: string) => readSecret(file, 'API key'),
} as const

/** What is wrong with the files that are named: all of them, each where it is named. */
export function clusterFileErrors(
  config: ElasticConfig,
  node: YamlNode | undefined,
  file: string,
  base: string,
): InputError[] {
  return Object.entries(files).flatMap(([key, read]) => {
    const path = config[key as keyof typeof files]
    if (path === undefined) return []
    const at = (node === undefined ? undefined : yamlEntry(node, key)?.value)?.at
    const place = { file, line: at?.line ?? 1, column: at?.column ?? 1 }
    if (!existsSync(resolve(base, path))) {
      const remedy = `Paths are relative to ${base}: mend the path or make the file.`
      return [{ ...place, code: 'FILE_NOT_FOUND', message: `${path} does not exist`, remedy }]
    }
    try {
      read(resolve(base, path))
      return []
    } catch (error) {
      return [{ ...place, ...describe(error) }]
    }
  })
}
