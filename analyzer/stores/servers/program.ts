/** How each server is configured and called: small, on loopback, quick to start. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerKind } from './fetch.ts'
import { jdkHome } from './jdk.ts'

/** Half the memory and half the start: one collector, nothing touched ahead, one compiler. */
const heap = '-Xms512m -Xmx512m -XX:-AlwaysPreTouch -XX:TieredStopAtLevel=1'

/** An unprivileged user: none of them runs as root. */
export const SERVER_UID = 65534

export const ADMIN = { username: 'admin', password: 'admin-pass-1' }

interface Place {
  kind: ServerKind
  home: string
  folder: string
  http: number
  transport: number
  isSecure: boolean
}

export function prepareFolder(place: Place): void {
  const { kind, home, folder, isSecure } = place
  const config = join(folder, 'config')
  cpSync(join(home, 'config'), config, { recursive: true })
  for (const name of ['data', 'logs', 'tmp']) mkdirSync(join(folder, name))
  mkdirSync(join(config, 'jvm.options.d'), { recursive: true })
  const options = join(config, 'jvm.options')
  writeFileSync(options, jvmOptions(readFileSync(options, 'utf8'), home, folder))
  const name = kind === 'opensearch' ? 'opensearch.yml' : 'elasticsearch.yml'
  writeFileSync(join(config, name), settings(place))
  if (isSecure) secure(place, join(config, name))
  if (process.getuid?.() === 0) {
    execFileSync('chown', ['-R', `${SERVER_UID}:${SERVER_UID}`, folder])
  }
}

/** The stock ones write into the server's own folder, which is not theirs here. */
function jvmOptions(text: string, home: string, folder: string): string {
  return text
    .replaceAll(/file=(logs\/)?gc\.log/g, `file=${folder}/logs/gc.log`)
    .replaceAll(/ErrorFile=(logs\/)?hs_err/g, `ErrorFile=${folder}/logs/hs_err`)
    .replaceAll('HeapDumpPath=data', `HeapDumpPath=${folder}/data`)
    .replaceAll('-javaagent:agent/', `-javaagent:${home}/agent/`)
    .replaceAll('-XX:+UseG1GC', '-XX:+UseSerialGC')
    .split('\n')
    .filter((line) => !/G1ReservePercent|InitiatingHeapOccupancyPercent/.test(line))
    .join('\n')
}

function settings({ kind, folder, http, transport, isSecure }: Place): string {
  return [
    'cluster.name: stores',
    'node.name: n1',
    'discovery.type: single-node',
    'network.host: 127.0.0.1',
    `http.port: ${http}`,
    `transport.port: ${transport}`,
    `path.data: ${folder}/data`,
    `path.logs: ${folder}/logs`,
    'cluster.routing.allocation.disk.threshold_enabled: false',
    ...(kind === 'opensearch' ? [] : [`xpack.security.enabled: ${isSecure}`]),
    '',
  ].join('\n')
}

function secure({ home, folder }: Place, file: string): void {
  const certs = join(folder, 'config', 'certs')
  mkdirSync(certs)
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const out = ['-keyout', join(certs, 'http.key'), '-out', join(certs, 'http.crt')]
  const made = ['req', '-x509', ...curve, '-days', '30', '-subj', '/CN=localhost']
  execFileSync('openssl', [...made, '-addext', names, ...out], { stdio: 'pipe' })
  const files = '{ enabled: true, key: certs/http.key, certificate: certs/http.crt }'
  appendFileSync(file, `xpack.security.http.ssl: ${files}\n`)
  const modules = ['modules/x-pack-core', 'modules/x-pack-security', 'lib/tools/security-cli']
  const { username, password } = ADMIN
  execFileSync(
    join(jdkHome(), 'bin', 'java'),
    [
      '-Dcli.name=users',
      '-Dcli.script=bin/elasticsearch-users',
      `-Dcli.libs=${modules.join(',')}`,
      `-Des.path.home=${home}`,
      `-Des.path.conf=${join(folder, 'config')}`,
      '-Des.distribution.type=tar',
      '-Des.java.type=JAVA_HOME',
      '-cp',
      `${home}/lib/*:${home}/lib/cli-launcher/*`,
      'org.elasticsearch.launcher.CliToolLauncher',
      ...['useradd', username, '-p', password, '-r', 'superuser'],
    ],
    { cwd: home, stdio: 'pipe', env: { ...process.env, ES_PATH_CONF: join(folder, 'config') } },
  )
}

export interface Program {
  file: string
  args: string[]
  env: NodeJS.ProcessEnv
  cwd: string
}

export function programOf(kind: ServerKind, home: string, folder: string): Program {
  const jdk = jdkHome()
  const java = join(jdk, 'bin', 'java')
  const common = { PATH: process.env['PATH'], HOME: join(folder, 'tmp'), JAVA_HOME: jdk }
  const config = join(folder, 'config')
  const pid = ['-p', join(folder, 'pid')]
  if (kind === 'opensearch') {
    const env = {
      ...common,
      OPENSEARCH_JAVA_HOME: jdk,
      OPENSEARCH_PATH_CONF: config,
      OPENSEARCH_TMPDIR: join(folder, 'tmp'),
      OPENSEARCH_JAVA_OPTS: heap,
    }
    return { file: join(home, 'bin', 'opensearch'), args: pid, env, cwd: home }
  }
  const env = {
    ...common,
    ES_JAVA_HOME: jdk,
    ES_PATH_CONF: config,
    ES_TMPDIR: join(folder, 'tmp'),
    ES_JAVA_OPTS: heap,
    ES_HOME: home,
    ES_DISTRIBUTION_TYPE: 'tar',
    JAVA: java,
    JAVA_TYPE: 'ES_JAVA_HOME',
    CLI_JAVA_OPTS: '-Xms4m -Xmx64m -XX:+UseSerialGC',
  }
  const small = ['-Xms4m', '-Xmx64m', '-XX:+UseSerialGC']
  // Version 9 has a launcher of its own, 8 the one of its other commands.
  const launcher = `${home}/lib/tools/server-launcher`
  const own = ['-cp', `${launcher}/*`, 'org.elasticsearch.server.launcher.ServerLauncher']
  const shared = [
    '-Dcli.name=server',
    `-Dcli.script=${home}/bin/elasticsearch`,
    '-Dcli.libs=lib/tools/server-cli',
    `-Des.path.home=${home}`,
    `-Des.path.conf=${config}`,
    '-Des.distribution.type=tar',
    '-Des.java.type=JAVA_HOME',
    '-cp',
    `${home}/lib/*:${home}/lib/cli-launcher/*`,
    'org.elasticsearch.launcher.CliToolLauncher',
  ]
  const args = [...small, ...(existsSync(launcher) ? own : shared), ...pid]
  return { file: java, args, env, cwd: home }
}
