import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** Modules of the client that some code loads, in a process of its own. */
function loaded(code: string): string[] {
  const before = `
    import { registerHooks } from 'node:module'
    const names = []
    registerHooks({
      load: (url, context, next) => {
        if (url.includes('/@elastic/')) names.push(url)
        return next(url, context)
      },
    })`
  const after = 'console.log(JSON.stringify(names))'
  const args = ['--input-type=module', '--no-warnings', '--eval', `${before}\n${code}\n${after}`]
  const said = execFileSync(process.execPath, args, { encoding: 'utf8', cwd: import.meta.dirname })
  return JSON.parse(said) as string[]
}

test('the client of the cluster is loaded by whoever opens one, and by nobody else', () => {
  expect(loaded(`await import('../../index.ts')`)).toEqual([])
  const open = `
    const { openCluster } = await import('../../index.ts')
    const options = { url: ['http://127.0.0.1:9'], namespace: 'a', requestMs: 100 }
    const { close } = await openCluster(options, { days: 30, findingsDays: 400 })
    await close()`
  expect(loaded(open).length).toBeGreaterThan(0)
}, 60_000)
