/**
 * STYLE.md as a test: what a linter cannot see. Every failure names the file, the line and what
 * to do instead.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(file))
const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file) || file.includes('/test/')
const isGenerated = (file: string): boolean => file.endsWith('.generated.ts')
const sources = tracked.filter((file) => /\.(ts|tsx)$/.test(file) && !file.startsWith('pcaps/'))
const own = sources.filter((file) => !isTest(file) && !isGenerated(file))
const text = new Map(sources.map((file) => [file, readFileSync(file, 'utf8')]))
const lines = (file: string): string[] => (text.get(file) ?? '').split('\n')

/** Constant tables copied from a standard, in files of their own (STYLE.md, Numbers). */
const tables = new Set(['analyzer/sigma/fields.ts'])
const LINES_MAX = 400
const COLUMNS_MAX = 100

/** Lines of code that match, comments and strings left out as well as a scanner can. */
function matching(file: string, pattern: RegExp): string[] {
  return lines(file).flatMap((line, index) => {
    const code = line.replace(/^\s*(\*|\/\/|\/\*).*$/, '').replace(/'[^']*'|`[^`]*`/g, "''")
    return pattern.test(code) ? [`${file}:${index + 1}`] : []
  })
}

function imports(file: string): string[] {
  const found = (text.get(file) ?? '').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)
  return [...found].map((match) => match[1] ?? '')
}

function resolved(file: string, path: string): string {
  return path.startsWith('.') ? normalize(join(dirname(file), path)) : path
}

const boundaries = [
  'bin/',
  'cli/',
  'bench/',
  'analyzer/api/',
  'analyzer/stores/',
  'analyzer/exports/',
  'analyzer/evidence/',
  'analyzer/reports/',
  'sensor/capture/',
  'sensor/decode/',
  'ui/',
]
const loaders = [
  'analyzer/input/yaml.ts',
  'analyzer/sigma/files.ts',
  'analyzer/sigma/pattern.ts',
  'analyzer/sigma/regex.ts',
  'analyzer/inventory/vendor.ts',
  'analyzer/inventory/oui.generate.ts',
  'sensor/reader.ts',
  'sensor/protocols/opcua/generate.ts',
]
const allowed = (file: string): boolean =>
  boundaries.some((folder) => file.startsWith(folder)) ||
  loaders.includes(file) ||
  file.endsWith('.config.ts')

describe('direction of imports', () => {
  test('the sensor imports nothing to its right', () => {
    const wrong = own
      .filter((file) => file.startsWith('sensor/'))
      .flatMap((file) => imports(file).map((path) => [file, resolved(file, path)] as const))
      .filter(([, path]) => /^(#analyzer|analyzer\/|cli\/|ui\/)/.test(path))
    expect(wrong, 'data walks one way: sensor -> analyzer -> cli').toEqual([])
  })

  test('the analyzer imports the sensor only through its index, and nothing of cli or ui', () => {
    const wrong = own
      .filter((file) => file.startsWith('analyzer/'))
      .flatMap((file) => imports(file).map((path) => [file, resolved(file, path)] as const))
      .filter(([, path]) => /^(sensor\/|cli\/|ui\/)/.test(path))
    expect(wrong, "use '#sensor'").toEqual([])
  })

  test('cli reaches both through their index', () => {
    const wrong = own
      .filter((file) => file.startsWith('cli/'))
      .flatMap((file) => imports(file).map((path) => [file, resolved(file, path)] as const))
      .filter(([, path]) => /^(sensor|analyzer|ui)\//.test(path))
    expect(wrong, "use '#sensor' and '#analyzer'").toEqual([])
  })

  test('the console knows only the schema of the API', () => {
    const wrong = sources
      .filter((file) => file.startsWith('ui/'))
      .flatMap((file) => imports(file).map((path) => [file, resolved(file, path)] as const))
      .filter(([, path]) => /^(#|sensor\/|cli\/|analyzer\/)/.test(path))
      .filter(([, path]) => path !== 'analyzer/api/schema.ts')
    expect(wrong).toEqual([])
  })

  test('the real stacks of the lab are never imported from the root', () => {
    const stacks = /^(node-opcua|modbus-serial|aedes|mqtt|sparkplug-payload)$/
    expect(own.filter((file) => imports(file).some((path) => stacks.test(path)))).toEqual([])
  })
})

describe('purity', () => {
  const pure = own.filter((file) => /^sensor\/(packet|stream|protocols)\//.test(file))

  test('packet, stream and protocols use no node module', () => {
    const wrong = pure
      .filter((file) => !file.endsWith('generate.ts'))
      .filter((file) => imports(file).some((path) => path.startsWith('node:')))
    expect(wrong, 'pure: bytes and capture time in, values out').toEqual([])
  })

  test.each([
    ['try or throw', /\btry\s*\{|\bthrow\b/, 'return a value; boundaries are listed in STYLE.md'],
    ['console', /\bconsole\s*\./, 'say it in the result, or through cli/'],
    ['Date.now', /\bDate\.now\s*\(|new Date\(\)/, 'time is capture time: pass it in'],
    ['Math.random', /\bMath\.random\s*\(/, 'results must repeat: pass a seed in'],
    ['process.exit', /\bprocess\.exit\s*\(/, 'set process.exitCode in cli/'],
  ])('%s only at the boundaries', (_name, pattern, remedy) => {
    const wrong = own.filter((file) => !allowed(file)).flatMap((file) => matching(file, pattern))
    expect(wrong, remedy).toEqual([])
  })

  test('no default export, no enum, no innerHTML', () => {
    const configs = own.filter((file) => !file.endsWith('.config.ts'))
    expect(configs.flatMap((file) => matching(file, /^export default\b/))).toEqual([])
    expect(own.flatMap((file) => matching(file, /^\s*(export\s+)?(const\s+)?enum\s/))).toEqual([])
    expect(own.flatMap((file) => matching(file, /innerHTML/i))).toEqual([])
  })
})

describe('shape', () => {
  test(`no file over ${LINES_MAX} lines, no line over ${COLUMNS_MAX} columns`, () => {
    const long = own.filter((file) => !tables.has(file) && lines(file).length > LINES_MAX + 1)
    expect(long, 'split it: tables first, then by family').toEqual([])
    const wide = own.flatMap((file) =>
      lines(file).flatMap((line, index) => {
        // A long string cannot be broken by the formatter, nor searched for when it is.
        const isText = /['"`].{30,}/.test(line)
        return line.length > COLUMNS_MAX && !isText ? [`${file}:${index + 1}`] : []
      }),
    )
    expect(wide, 'npm run format').toEqual([])
  })

  test('names are kebab-case nouns, none of them a drawer', () => {
    const names = sources.map((file) => basename(file).replace(/\.(ts|tsx)$/, ''))
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*$/.test(name))).toEqual([])
    const drawers = /(^|[-.])(utils?|helpers?|common|shared|manager|misc)([-.]|$)/
    expect(names.filter((name) => drawers.test(name))).toEqual([])
  })

  test('every file is imported by something, a command, a loader, a script or a test', () => {
    const reached = new Set(
      sources.flatMap((file) => imports(file).map((path) => resolved(file, path))),
    )
    const lists = ['package.json', 'CONTRIBUTING.md', 'vitest.config.ts']
    const scripts = lists.map((file) => readFileSync(file, 'utf8')).join('')
    const entry =
      /^(bench\/|cli\/main|cli\/commands\/|analyzer\/reports\/|ui\/)|(\.config|worker)\.ts$/
    const orphans = own.filter(
      (file) => !reached.has(file) && !entry.test(file) && !scripts.includes(file),
    )
    expect(orphans.filter((file) => !/(sensor|analyzer)\/index\.ts$/.test(file))).toEqual([])
  })

  test('no TODO without a reason, no commented-out code', () => {
    const marks = own.flatMap((file) =>
      lines(file).flatMap((line, index) => {
        const todo = /\b(TODO|FIXME|XXX)\b/.test(line) && !/TODO\(#\d+\)/.test(line)
        const dead = /^\s*\/\/\s*(const|let|if|for|return|import|await)\b.*[;{)]\s*$/.test(line)
        return todo || dead ? [`${file}:${index + 1}`] : []
      }),
    )
    expect(marks).toEqual([])
  })
})

describe('documents', () => {
  const markdown = tracked.filter((file) => file.endsWith('.md') && !file.includes('node_modules'))

  test('every document has one title', () => {
    const titles = (file: string): number =>
      readFileSync(file, 'utf8')
        .replace(/```[\s\S]*?```/g, '')
        .split('\n')
        .filter((line) => line.startsWith('# ')).length
    expect(markdown.filter((file) => titles(file) !== 1)).toEqual([])
  })

  test('ARCHITECTURE.md stays short and gives a reason for every runtime dependency', () => {
    const architecture = readFileSync('ARCHITECTURE.md', 'utf8')
    expect(architecture.split('\n').length).toBeLessThanOrEqual(201)
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
      dependencies: Record<string, string>
      optionalDependencies: Record<string, string>
    }
    const names = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
    expect(names.filter((name) => !architecture.includes(`\`${name}\``))).toEqual([])
  })
})

describe('the lab stays in the lab', () => {
  test('no rule and no code names an address, host, node or topic of the recorded plant', () => {
    const labels = JSON.parse(readFileSync('pcaps/plant/labels.json', 'utf8')) as {
      hosts: { name: string; ip: string; mac: string }[]
    }
    const words = labels.hosts.flatMap(({ name, ip, mac }) => [name, ip, mac])
    const rules = tracked.filter((file) => file.startsWith('rules/'))
    const wrong = [...own, ...rules].flatMap((file) => {
      const content = readFileSync(file, 'utf8').toLowerCase()
      return words.filter((word) => {
        const escaped = word.toLowerCase().replaceAll('.', '\\.')
        return word.length > 4 && new RegExp(`\\b${escaped}\\b`).test(content)
      })
    })
    expect(wrong).toEqual([])
  })
})
