import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { encodingIds, services } from './encoding-ids.generated.ts'
import { generate } from './generate.ts'
import { statusCodes } from './names.generated.ts'
import { serviceOf } from './services/table.ts'
import { structures } from './types.generated.ts'

const published = join(import.meta.dirname, '../../../../shared/data/opcua-encoding-ids.csv')

describe('the generated files', () => {
  test.each(Object.entries(generate()))('%s is what its sources give', (file, text) => {
    expect(readFileSync(join(import.meta.dirname, file), 'utf8')).toBe(text)
  })

  test('know the 81 service messages, each with its structure', () => {
    expect(services.size).toBe(81)
    expect([...services.keys()].filter((id) => !structures.has(id))).toEqual([])
  })

  test('name the codes of the standard', () => {
    expect(statusCodes.get(0x801f0000)).toBe('BadUserAccessDenied')
    expect(encodingIds.ReadRequest).toBe(631)
  })

  test('no service but the sessionless ones and faults is left without meaning', () => {
    const names = new Set([...services.values()].map(({ name }) => name))
    const bare = [...names].filter((name) => serviceOf(name) === serviceOf('nothing'))
    expect(bare.sort()).toEqual(['ServiceFault', 'SessionlessInvoke'])
  })

  test.runIf(existsSync(published))('agree with the ids that the OPC Foundation publishes', () => {
    const rows = readFileSync(published, 'utf8').trim().split('\n').slice(1)
    const ids: Readonly<Record<string, number>> = encodingIds
    const differing = rows
      .map((row) => row.trim().split(','))
      .filter(([name = '', id]) => ids[name] !== undefined && ids[name] !== Number(id))
    expect(rows.length).toBeGreaterThan(300)
    expect(differing).toEqual([])
  })
})
