/** The part of `fieldtap.yaml` that names a cluster, and what can be wrong with it as it stands. */
import { Type, type Static } from 'typebox'
import type { ElasticOptions, InputError, YamlNode } from '#analyzer'
import { NAMESPACE_DEFAULT, REQUEST_MS_DEFAULT, elasticProblems, yamlEntry } from '#analyzer'
import { listOf } from './live-source.ts'

const URLS_MAX = 16
const TRUSTED_MAX = 64
const name = { minLength: 1, maxLength: 256 }
const path = { minLength: 1, maxLength: 4096 }

export const ElasticConfig = Type.Object(
  {
    url: Type.Union(
      [Type.String(), Type.Array(Type.String(), { minItems: 1, maxItems: URLS_MAX })],
      { description: 'As https://es1:9200, or several of one cluster; http to this machine only.' },
    ),
    namespace: Type.Optional(
      Type.String({
        maxLength: 256,
        description: 'Last part of the names of streams and indices; default: default.',
      }),
    ),
    ca_file: Type.Optional(
      Type.String({ ...path, description: 'PEM of who signed its certificate.' }),
    ),
    api_key_file: Type.Optional(
      Type.String({
        ...path,
        description: 'An API key, alone in a file that only its user reads.',
      }),
    ),
    username: Type.Optional(Type.String({ ...name, description: 'Instead of an API key.' })),
    password_file: Type.Optional(
      Type.String({ ...path, description: 'Of that user, alone in a file.' }),
    ),
    console_api_key_file: Type.Optional(
      Type.String({ ...path, description: 'Key of the console: to read, and to act on findings.' }),
    ),
    malcolm: Type.Optional(
      Type.Boolean({ description: 'Adds the field names of Malcolm as aliases; default no.' }),
    ),
    retention_days: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3650,
        description: 'Days that the cluster keeps observations; default 30.',
      }),
    ),
    trust: Type.Optional(
      Type.Array(Type.String({ pattern: '^ed25519:[A-Za-z0-9+/]{43}=$' }), {
        maxItems: TRUSTED_MAX,
        description: 'Keys of consoles whose approvals and names this sensor applies.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'A cluster that gets everything too, Elasticsearch or OpenSearch.',
  },
)
export type ElasticConfig = Static<typeof ElasticConfig>

/** Where the options of the cluster are written. */
const keys: Readonly<Record<keyof ElasticOptions, string>> = {
  url: 'url',
  namespace: 'namespace',
  caFile: 'ca_file',
  apiKeyFile: 'api_key_file',
  username: 'username',
  passwordFile: 'password_file',
  requestMs: 'url',
}

/** Of one user of the cluster; files are named as they are written. */
export function optionsOf(config: ElasticConfig, isConsole: boolean): ElasticOptions {
  const own = isConsole ? config.console_api_key_file : undefined
  return {
    url: listOf(config.url),
    namespace: config.namespace ?? NAMESPACE_DEFAULT,
    caFile: config.ca_file,
    apiKeyFile: own ?? config.api_key_file,
    // A key of its own takes the place of whatever the sensor is known by.
    username: own === undefined ? config.username : undefined,
    passwordFile: own === undefined ? config.password_file : undefined,
    requestMs: REQUEST_MS_DEFAULT,
  }
}

/** All of them, each where it stands; what the schema refused is not here. */
export function elasticErrors(
  config: Partial<ElasticConfig>,
  node: YamlNode | undefined,
  file: string,
): InputError[] {
  const { url } = config
  if (url === undefined) return []
  const whole = { ...config, url }
  const urls = listOf(url)
  // One at a time, so that each is told at its own place.
  const ofUrls = urls.flatMap((one, i) =>
    elasticProblems({ ...optionsOf(whole, false), url: [one] })
      .filter(({ key }) => key === 'url')
      .map((problem) => ({ ...problem, at: placeOfUrl(node, i) })),
  )
  const others = elasticProblems(optionsOf(whole, false))
    .filter(({ key }) => key !== 'url')
    .map((problem) => ({ ...problem, at: entryOf(node, keys[problem.key])?.at ?? node?.at }))
  return [...ofUrls, ...others].map(({ at, code, message, remedy }) => {
    return { file, line: at?.line ?? 1, column: at?.column ?? 1, code, message, remedy }
  })
}

function entryOf(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return node === undefined ? undefined : yamlEntry(node, key)?.value
}

function placeOfUrl(node: YamlNode | undefined, i: number): YamlNode['at'] | undefined {
  const url = entryOf(node, 'url')
  return (url?.kind === 'list' ? url.items[i] : url)?.at ?? node?.at
}
