/** Twenty strings that a hostile device could send, and a plant that says them everywhere. */
import type { Plant } from './plant.ts'

export const hostileStrings: readonly string[] = [
  '<script>window.pwned=1</script>',
  '<img src=x onerror="window.pwned=1">',
  '"><svg onload=window.pwned=1>',
  "'-alert(1)-'",
  'javascript:window.pwned=1',
  '{{constructor.constructor("window.pwned=1")()}}',
  '${window.pwned=1}',
  '</title><script>window.pwned=1</script>',
  '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
  '<style>*{display:none}</style>',
  '<a href="https://evil.example/">click</a>',
  '\u202Egnp.exe\u202C',
  'PLC\u200B\u200C\u200D-1\uFEFF',
  '\u0000\u0007\u001b[2J\u001b]0;owned\u0007',
  'line\nbreak\r\nSet-Cookie: a=b',
  'e\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030A\u030B\u030C',
  'x'.repeat(20_000),
  '\uD800x\uDFFF\uFFFF lone',
  '../../../etc/passwd?x=1#y',
  '__proto__',
]

/** Not from the wire: closed lists, times, and the ids by which the API is asked. */
const kept = new Set([
  'id',
  'severity',
  'level',
  'state',
  'action',
  'reason',
  'first',
  'last',
  'time',
  'timezone',
  'capture_first',
  'capture_last',
  'approved_at',
  'mode',
  'from',
  'to',
  'parent',
  'open',
])

/**
 * Every other string becomes what `say` says; states of operations and flows are of the wire
 * too.
 */
export function planted(plant: Plant, say: (index: number) => string): Plant {
  let next = 0
  const plantIn = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return kept.has(key) ? value : say(next++)
    if (Array.isArray(value)) return value.map((item) => plantIn(item, key))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, plantIn(item, name)]),
    )
  }
  return plantIn(plant, '') as Plant
}

export const hostilePlant = (plant: Plant): Plant =>
  planted(plant, (index) => hostileStrings[index % hostileStrings.length] ?? '')
