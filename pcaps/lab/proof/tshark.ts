/** tshark as the witness: it shares no code with the lab and none with the sensor. */

import { run } from '../net/command.ts'

/** How many frames of a capture a display filter takes. */
export function count(file: string, filter: string): number {
  return fields(file, filter, ['frame.number']).length
}

/** The same for many filters in one pass over the file. */
export function countAll(file: string, filters: readonly string[]): number[] {
  const stray = filters.find((filter) => filter.includes(','))
  if (stray !== undefined) throw new Error(`a comma would end this filter early: ${stray}`)
  const out = run('tshark', ['-r', file, '-q', '-z', `io,stat,0,${filters.join(',')}`]).toString()
  // One row for the whole time; per filter a column of frames and one of bytes.
  const row = out.split('\n').find((line) => line.includes('<>')) ?? ''
  const cells = row
    .split('|')
    .slice(2, -1)
    .map((cell) => Number(cell.trim()))
  const frames = cells.filter((_, index) => index % 2 === 0)
  if (frames.length !== filters.length || frames.some((each) => Number.isNaN(each))) {
    throw new Error(`tshark's statistics are not understood: ${out.slice(0, 400)}`)
  }
  return frames
}

/** Fields of every frame that a filter takes, in the order of the capture. */
export function fields(
  file: string,
  filter: string,
  names: readonly string[],
  preferences: readonly string[] = [],
): string[][] {
  const out = run('tshark', [
    ...preferences.flatMap((each) => ['-o', each]),
    '-r',
    file,
    '-Y',
    filter,
    '-T',
    'fields',
    ...names.flatMap((name) => ['-e', name]),
  ])
  return out
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
}
