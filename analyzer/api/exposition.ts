/**
 * Writes metrics as Prometheus reads them: text format 0.0.4,
 * https://prometheus.io/docs/instrumenting/exposition_formats/.
 */

export type Labels = Readonly<Record<string, string>>
export type Kind = 'counter' | 'gauge'

interface Family {
  readonly kind: Kind
  readonly help: string
  /** By its labels: a sample is there once. */
  readonly samples: Map<string, number>
}

export class Exposition {
  readonly #prefix: string
  readonly #families = new Map<string, Family>()
  #whose: Labels = {}

  /** All names begin with `prefix`. */
  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** What every sample says that is added from now on. */
  of(whose: Labels): void {
    this.#whose = whose
  }

  /** Adds a sample; the name of a counter ends in `_total`. */
  add(kind: Kind, name: string, help: string, value: number, labels: Labels = {}): void {
    const full = `${this.#prefix}_${metricName(name)}${kind === 'counter' ? '_total' : ''}`
    let family = this.#families.get(full)
    if (family === undefined) {
      family = { kind, help, samples: new Map() }
      this.#families.set(full, family)
    }
    family.samples.set(labelText({ ...labels, ...this.#whose }), value)
  }

  /** Samples of one name stand together, after what it means. */
  text(): string {
    const lines: string[] = []
    for (const [name, { kind, help, samples }] of this.#families) {
      lines.push(`# HELP ${name} ${helpText(help)}`, `# TYPE ${name} ${kind}`)
      for (const [labels, value] of samples) lines.push(`${name}${labels} ${valueText(value)}`)
    }
    return lines.map((line) => `${line}\n`).join('')
  }
}

/** `flowsOpen` and `flows.open` as `flows_open`: letters, digits and underscores. */
export function metricName(name: string): string {
  const snake = name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase()
  return snake.replace(/[^a-z\d]+/g, '_').replace(/^_|_$/g, '')
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${labelValue(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function labelValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function helpText(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

/** As Go parses it. */
function valueText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value)
  return value > 0 ? '+Inf' : '-Inf'
}
