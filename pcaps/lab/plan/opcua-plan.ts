/** Namespace, nodes, method and users of the OPC UA server, and what its clients do there. */

import type { Random } from './random.ts'

export type OpcuaVariable = {
  readonly nodeId: string
  readonly browseName: string
  readonly low: number
  readonly high: number
  readonly writable: boolean
}

export type OpcuaUser = { readonly name: string; readonly password: string }

export type OpcuaPlan = {
  readonly port: number
  readonly namespace: string
  readonly folder: string
  readonly variables: readonly OpcuaVariable[]
  /** Which of the variables the MES sets. */
  readonly setPoint: OpcuaVariable
  readonly objectId: string
  /** What the MES calls after each batch. */
  readonly usualMethod: { readonly nodeId: string; readonly browseName: string }
  /** What nobody calls in normal work. */
  readonly rareMethod: { readonly nodeId: string; readonly browseName: string }
  readonly users: Readonly<Record<'mes' | 'historian' | 'operator' | 'engineer', OpcuaUser>>
  readonly productName: string
}

const QUANTITIES = ['Temperature', 'Speed', 'Level', 'Pressure', 'Torque', 'Flow', 'Weight', 'Rate']

export function makeOpcua(chance: Random, site: string): OpcuaPlan {
  const line = `${chance.pick(['Line', 'Unit', 'Station', 'Cell'])}${chance.whole(1, 30)}`
  const names = chance.some(QUANTITIES, 5)
  const variable = (browseName: string, writable: boolean): OpcuaVariable => {
    const low = chance.whole(5, 40)
    return {
      nodeId: `ns=1;s=${line}.${browseName}`,
      browseName,
      low,
      high: low + chance.whole(20, 60),
      writable,
    }
  }
  const variables = [
    ...names.map((name) => variable(name, false)),
    variable(`${names[0]}SetPoint`, true),
  ]
  const setPoint = variables.at(-1)
  if (setPoint === undefined) throw new Error('a plan needs a set-point')
  const method = (list: readonly string[]): { nodeId: string; browseName: string } => {
    const browseName = chance.pick(list)
    return { nodeId: `ns=1;s=${line}.${browseName}`, browseName }
  }
  const user = (stem: string): OpcuaUser => ({
    name: `${stem}-${chance.whole(10, 99)}`,
    password: `p${chance.whole(100000, 999999)}`,
  })
  return {
    port: 4840,
    namespace: `urn:${site}:${line.toLowerCase()}`,
    folder: line,
    variables,
    setPoint,
    objectId: `ns=1;s=${line}`,
    usualMethod: method(['ConfirmBatch', 'ReleaseLot', 'NextOrder']),
    rareMethod: method(['ResetDrive', 'PurgeTank', 'HomeAxis']),
    users: {
      mes: user('mes'),
      historian: user('hist'),
      operator: user('op'),
      engineer: user('eng'),
    },
    productName: chance.pick(['Controller 1512', 'Controller 1515', 'Controller 1518']),
  }
}
