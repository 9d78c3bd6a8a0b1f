#!/usr/bin/env node
// The launcher: plain JavaScript that any Node can read. It finds a Node of version 24 or newer
// (this one, else the one that npm brought as an optional dependency) and runs the CLI with it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR_MIN = 24
const here = dirname(fileURLToPath(import.meta.url))
const compiled = join(here, '..', 'cli', 'main.js')
const entry = existsSync(compiled) ? compiled : join(here, '..', 'cli', 'main.ts')

function broughtNode() {
  const name = `node-${process.platform}-${process.arch}`
  try {
    const manifest = nodeModule.createRequire(import.meta.url).resolve(`${name}/package.json`)
    const binary = join(dirname(manifest), 'bin', 'node')
    return existsSync(binary) ? binary : undefined
  } catch {
    return undefined
  }
}

function cacheFolder() {
  try {
    return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fieldtap')
  } catch {
    return undefined
  }
}

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  // Halves the start: what was compiled, types stripped, is kept. Of this user alone, for it is run;
  // where it cannot be written, there is none.
  const cache = cacheFolder()
  if (cache !== undefined) nodeModule.enableCompileCache(cache)
  await import(entry)
} else {
  const node = broughtNode()
  if (node === undefined) {
    console.error(
      `fieldtap needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.versions.node}, and npm ` +
        `brought none for ${process.platform}-${process.arch}. Install Node ${NODE_MAJOR_MIN} ` +
        'or newer, or run npm install without --omit=optional.',
    )
    process.exit(2)
  }
  const launcher = fileURLToPath(import.meta.url)
  // It waits here with whatever privilege it was given, and a sensor says so of it.
  const env = { ...process.env, FIELDTAP_LAUNCHER: String(process.pid) }
  const child = spawn(node, [launcher, ...process.argv.slice(2)], { stdio: 'inherit', env })
  // The terminal sends Ctrl-C to the whole group; a signal sent to this process alone goes on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('error', (error) => {
    console.error(`fieldtap: cannot run ${node}: ${error.message}`)
    process.exit(2)
  })
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
}
