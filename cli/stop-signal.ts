/**
 * Ctrl-C and friends: the first asks to stop and flush, the third of them stops hard. So does the
 * end of the process that started this one, where it did.
 */

const PATIENCE = 3

export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  let asked = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      asked++
      controller.abort()
      if (asked >= PATIENCE) process.exit(130)
    })
  }
  process.once('disconnect', () => controller.abort())
  process.channel?.unref()
  return controller.signal
}
