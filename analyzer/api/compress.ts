/**
 * Answers of many rows go compressed: a console is often looked at through a tunnel. No answer
 * holds a secret, so its length tells nobody anything.
 */
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { FastifyInstance } from 'fastify'

/** Below this it costs more than it saves. */
const BYTES_MIN = 2048

const zipped = promisify(gzip)
const options = { level: constants.Z_BEST_SPEED }

export function compress(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const { 'accept-encoding': accepted = '' } = request.headers
    if (typeof payload !== 'string' || payload.length < BYTES_MIN) return payload
    reply.header('vary', 'accept-encoding')
    if (!takesGzip(accepted)) return payload
    reply.header('content-encoding', 'gzip')
    return zipped(payload, options)
  })
}

/** RFC 9110, section 12.5.3: a weight of zero is a no. */
function takesGzip(accepted: string): boolean {
  return accepted.split(',').some((coding) => {
    const [name = '', ...parameters] = coding.split(';').map((part) => part.trim().toLowerCase())
    return name === 'gzip' && !parameters.some((one) => /^q=0(\.0{0,3})?$/.test(one))
  })
}
