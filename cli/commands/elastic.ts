import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Check, ElasticOptions, Installed } from '#analyzer'
import { NAMESPACE_DEFAULT, REQUEST_MS_DEFAULT, loadElastic, publicKey } from '#analyzer'
import type { CliCommand } from '../command.ts'
import { CommandError, EXIT_FINDINGS } from '../command.ts'
import { deadLetters } from '../dead-letters.ts'
import type { RunFlags, RunOptions } from '../options.ts'
import { resolveOptions } from '../options.ts'
import { countText, shownLines, table } from '../print.ts'

export interface ElasticFlags extends RunFlags {
  url?: string[]
  namespace?: string
  caFile?: string
  apiKeyFile?: string
  username?: string
  passwordFile?: string
  malcolm?: boolean
}

export const command: CliCommand = {
  summary: 'look after a cluster: setup, doctor, dead-letters, dashboards',
  example: 'fieldtap elastic doctor --config /etc/fieldtap/fieldtap.yaml',
  define(command: Command) {
    const add = (name: string, about: string): Command =>
      command.command(name).description(about).exitOverride()
    clusterFlags(add('setup', 'install templates, aliases and lifecycle; safe to repeat'))
      .option('--malcolm', 'add the field names of Malcolm as aliases')
      .action(setup)
    clusterFlags(add('doctor', 'look at everything that can be wrong; exit 1 where something is'))
      .option('--json', 'as JSON')
      .action(doctor)
    add('dead-letters', 'documents that the cluster refused for what they are')
      .option('--replay [id...]', 'send them again, all where none is named')
      .option('--discard <id...>', 'forget them: they are in the store of the sensor all the same')
      .option('--json', 'as JSON')
      .option('--data <dir>', 'where the store of the sensor lies')
      .option('--config <file>', 'the configuration (default: fieldtap.yaml, where there is one)')
      .action(deadLetters)
    add('dashboards', 'inventory, operations and findings for Kibana or OpenSearch Dashboards')
      .requiredOption('--output <file>', 'what to write; import it under Saved Objects')
      .option('--namespace <name>', 'as in the configuration (default: default)')
      .option('--config <file>', 'the configuration (default: fieldtap.yaml, where there is one)')
      .action(dashboards)
  },
}

/** Whoever sets up may be another than who ships: an administrator, from anywhere. */
function clusterFlags(command: Command): Command {
  return command
    .option('--config <file>', 'the configuration (default: fieldtap.yaml, where there is one)')
    .option('--url <url...>', 'the cluster, instead of the one in the configuration')
    .option('--namespace <name>', 'last part of the names of streams and indices')
    .option('--ca-file <file>', 'PEM of who signed the certificate of the cluster')
    .option('--api-key-file <file>', 'a file with an API key that may do this')
    .option('--username <name>', 'a user who may, instead of a key')
    .option('--password-file <file>', 'a file with the password of that user')
}

interface Reached {
  elastic: ElasticOptions
  options: RunOptions
}

/** The command line first; what says who asks is taken as a whole. */
function reached(flags: ElasticFlags): Reached {
  const options = resolveOptions([], flags)
  const known = options.cluster?.ship
  const url = flags.url ?? known?.url
  if (url === undefined) {
    throw new CommandError(
      'ELASTIC_NOT_CONFIGURED',
      'no cluster is configured',
      'Name one as elasticsearch.url in the configuration, or by --url.',
    )
  }
  const { apiKeyFile, username, passwordFile } = flags
  const isOther = (apiKeyFile ?? username ?? passwordFile) !== undefined
  const who = isOther ? { apiKeyFile, username, passwordFile } : known
  const elastic = {
    url,
    namespace: flags.namespace ?? known?.namespace ?? NAMESPACE_DEFAULT,
    caFile: flags.caFile ?? known?.caFile,
    apiKeyFile: who?.apiKeyFile,
    username: who?.username,
    passwordFile: who?.passwordFile,
    requestMs: known?.requestMs ?? REQUEST_MS_DEFAULT,
  }
  return { elastic, options }
}

const RETENTION_DAYS_DEFAULT = 30

async function setup(flags: ElasticFlags): Promise<void> {
  const { elastic, options } = reached(flags)
  const { connect, setup: install } = await loadElastic()
  const client = connect(elastic)
  try {
    const installed = await install(client, {
      namespace: elastic.namespace,
      malcolm: flags.malcolm ?? options.cluster?.malcolm ?? false,
      retention: {
        days: options.cluster?.retentionDays ?? RETENTION_DAYS_DEFAULT,
        findingsDays: options.upkeep.findingsDays,
      },
    })
    process.stdout.write(shownLines(setupText(installed, elastic.url)))
    const key = publicKey(options.data)
    if (key === undefined) return
    process.stdout.write(
      `The console here signs what people do with ${key}: name it under elasticsearch.trust of ` +
        'each sensor that is to apply it.\n',
    )
  } finally {
    await client.close()
  }
}

export function setupText({ server, steps }: Installed, url: readonly string[]): string {
  const { distribution, version, constantKeyword, lifecycle } = server
  const has = (there: boolean): string => (there ? 'yes' : 'no')
  const who = lifecycle === undefined ? 'none: the shipper deletes what is old' : lifecycle
  const types = `constant_keyword ${has(constantKeyword)}`
  const head = `${distribution} ${version} at ${url.join(', ')}\n(${types}, lifecycle ${who})\n`
  const changed = steps.filter(({ done }) => done !== 'kept')
  const kept = steps.length - changed.length
  const rows = changed.map(({ what, name, done }) => [what, name, done])
  const rest = kept === 0 ? '' : `${countText(kept, 'part')} in place before\n`
  return `${head}${table(rows)}${rest}`
}

async function doctor(flags: ElasticFlags & { json?: boolean }): Promise<void> {
  const { elastic, options } = reached(flags)
  const { doctor: look } = await loadElastic()
  const checks = await look({ elastic, malcolm: options.cluster?.malcolm ?? false })
  const text = flags.json === true ? `${JSON.stringify(checks, null, 2)}\n` : doctorText(checks)
  process.stdout.write(flags.json === true ? text : shownLines(text))
  if (checks.some(({ ok }) => !ok)) process.exitCode = EXIT_FINDINGS
}

export function doctorText(checks: readonly Check[]): string {
  const lines = checks.flatMap(({ ok, what, remedy }) =>
    ok ? [`ok    ${what}`] : [`FAIL  ${what}`, `      ${remedy ?? ''}`],
  )
  return `${lines.join('\n')}\n`
}

async function dashboards(flags: ElasticFlags & { output: string }): Promise<void> {
  const options = resolveOptions([], flags)
  const namespace = flags.namespace ?? options.cluster?.ship.namespace ?? NAMESPACE_DEFAULT
  const { dashboards: make } = await loadElastic()
  const file = resolve(flags.output)
  writeFileSync(file, make(namespace))
  process.stderr.write(
    `fieldtap: dashboards for namespace ${namespace} written to ${file}: import them under ` +
      'Stack Management, Saved Objects.\n',
  )
}
