/** Loads the web server only where a console is asked for: it is half of the start of a command. */
import type { ConsoleOptions, RunningConsole } from './server.ts'

export async function createConsole(options: ConsoleOptions): Promise<RunningConsole> {
  const server = await import('./server.ts')
  return server.createConsole(options)
}
