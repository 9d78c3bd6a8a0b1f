/** `node ui/test/serve.ts [findings] [hostile|empty]`: the built console over a made-up plant. */
import { hostilePlant } from './hostile.ts'
import { startMock } from './mock.ts'
import { emptyPlant, plant } from './plant.ts'

const [size = '8', kind = ''] = process.argv.slice(2)
const made = kind === 'empty' ? emptyPlant() : plant(Number(size))
const mock = await startMock(kind === 'hostile' ? hostilePlant(made) : made, 8620)
process.stdout.write(`${mock.url}\n`)
