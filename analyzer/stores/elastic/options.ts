/**
 * What a cluster is reached with. Secrets are in files, never in here, nor in the configuration or
 * the environment; there is no switch that turns the check of certificates off.
 */

export interface ElasticOptions {
  /** `https://es1:9200`, several of one cluster; `http` to a loopback address alone. */
  url: readonly string[]
  /** Last part of the names of indices and streams. */
  namespace: string
  /** PEM of who signed the cluster's certificate, where the system does not know it. */
  caFile?: string | undefined
  /** An API key, or user name and password; neither where the cluster asks for none. */
  apiKeyFile?: string | undefined
  username?: string | undefined
  passwordFile?: string | undefined
  /** An answer that takes longer is none. */
  requestMs: number
}

/** What is wrong with options; `key` is the one that it is about. */
export interface OptionProblem {
  key: keyof ElasticOptions
  code:
    | 'ELASTIC_URL_INVALID'
    | 'ELASTIC_PLAINTEXT'
    | 'ELASTIC_SECRET_IN_URL'
    | 'ELASTIC_AUTH_TWICE'
    | 'ELASTIC_AUTH_HALF'
    | 'NAMESPACE_INVALID'
  message: string
  remedy: string
}

export const REQUEST_MS_DEFAULT = 30_000
export const NAMESPACE_DEFAULT = 'default'
/** Without `-`, which parts the names of data streams; a stream's name is bounded to 255 bytes. */
export const NAMESPACE_PATTERN = '^[a-z0-9_]{1,64}$'

/** All of them at once. */
export function optionProblems(options: ElasticOptions): OptionProblem[] {
  const problems = options.url.flatMap(urlProblem)
  if (options.url.length === 0) {
    problems.push({
      key: 'url',
      code: 'ELASTIC_URL_INVALID',
      message: 'no url of a cluster is named',
      remedy: 'Name one, as https://es1:9200.',
    })
  }
  if (!new RegExp(NAMESPACE_PATTERN).test(options.namespace)) {
    problems.push({
      key: 'namespace',
      code: 'NAMESPACE_INVALID',
      message: `namespace ${options.namespace} is none`,
      remedy: 'Use up to 64 of a to z, 0 to 9 and _: data streams allow no other.',
    })
  }
  return [...problems, ...authProblem(options)]
}

function authProblem({ apiKeyFile, username, passwordFile }: ElasticOptions): OptionProblem[] {
  if (apiKeyFile !== undefined && (username ?? passwordFile) !== undefined) {
    return [
      {
        key: 'apiKeyFile',
        code: 'ELASTIC_AUTH_TWICE',
        message: 'both an API key and a user are named',
        remedy: 'Keep one of them; an API key can be limited to what fieldtap does.',
      },
    ]
  }
  if ((username === undefined) === (passwordFile === undefined)) return []
  return [
    {
      key: username === undefined ? 'passwordFile' : 'username',
      code: 'ELASTIC_AUTH_HALF',
      message: `a ${username === undefined ? 'password' : 'user'} is named alone`,
      remedy: 'Name the user and the file that holds the password.',
    },
  ]
}

function urlProblem(text: string): OptionProblem[] {
  const problem = (code: OptionProblem['code'], message: string, remedy: string) => {
    return [{ key: 'url' as const, code, message, remedy }]
  }
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    return problem('ELASTIC_URL_INVALID', 'a url of the cluster is none', 'Use https://es1:9200.')
  }
  if (url.username !== '' || url.password !== '') {
    return problem(
      'ELASTIC_SECRET_IN_URL',
      `the url of ${url.host} holds a user or a password`,
      'Take it out and name a file that holds it: urls are printed, files are not.',
    )
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return problem(
      'ELASTIC_PLAINTEXT',
      `${url.host} would be spoken to without TLS`,
      'Use https, with the file of its certificate authority where the system does not know it.',
    )
  }
  return []
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}
