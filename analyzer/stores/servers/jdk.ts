/** A Java for the servers of the tests. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

const JAVA_MIN = 21

/** Home of the newest JDK that is new enough: `JDK_HOME`, else beside the one on the PATH. */
export function jdkHome(): string {
  const given = process.env['JDK_HOME']
  if (given !== undefined) return given
  const [best] = homes()
    .map((home) => ({ home, version: versionOf(home) }))
    .filter(({ version }) => version >= JAVA_MIN)
    .toSorted((a, b) => b.version - a.version)
  if (best === undefined) {
    throw new Error(`no JDK ${JAVA_MIN} or newer: install one, or name its home in JDK_HOME`)
  }
  return best.home
}

function homes(): string[] {
  const found = execFileSync('sh', ['-c', 'command -v java || true'], { encoding: 'utf8' }).trim()
  const own = found === '' ? [] : [dirname(dirname(realpathSync(found)))]
  const folders = [...own.map((home) => dirname(home)), '/usr/lib/jvm', '/opt']
  const siblings = [...new Set(folders)]
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  return [...own, ...siblings].filter((home) => existsSync(join(home, 'bin', 'java')))
}

/** As its `release` file says; 0 where it says nothing. */
function versionOf(home: string): number {
  const file = join(home, 'release')
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return Number(/JAVA_VERSION="(\d+)/.exec(text)?.[1] ?? 0)
}
