/** Every error that the API answers has a code, a message and a remedy; nothing else leaves. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { CaptureError } from '#sensor'
import { EvidenceError } from '../evidence/pcapng.ts'
import type { Refusal, StoreErrorCode } from '../stores/store.ts'
import { StoreError } from '../stores/store.ts'
import type { ApiError } from './schema.ts'

/** What a handler throws to answer an error of its own. */
export class HttpError extends Error {
  readonly statusCode: number
  readonly code: string
  readonly remedy: string

  constructor(statusCode: number, code: string, message: string, remedy: string) {
    super(message)
    this.name = 'HttpError'
    this.statusCode = statusCode
    this.code = code
    this.remedy = remedy
  }
}

/** Why the console does not start. */
export class ConsoleError extends Error {
  readonly code: 'HOST_NOT_LOOPBACK' | 'PORT_IN_USE' | 'PORT_REFUSED'
  readonly remedy: string

  constructor(code: ConsoleError['code'], message: string, remedy: string) {
    super(message)
    this.name = 'ConsoleError'
    this.code = code
    this.remedy = remedy
  }
}

/** What a store answers that cannot answer; RFC 9110, section 15.6.4. */
const UNAVAILABLE = 503
/** RFC 9110, section 15; 507 is of RFC 4918, section 11.5. */
const storeStatus: Readonly<Partial<Record<StoreErrorCode, number>>> = {
  STORE_FULL: 507,
  BACKUP_REFUSED: 409,
  BACKUP_INVALID: 409,
  RESTORE_REFUSED: 409,
  CURSOR_INVALID: 400,
}

const refusalStatus: Readonly<Record<Refusal['code'], number>> = {
  NOT_FOUND: 404,
  REASON_REQUIRED: 400,
  NOTE_REQUIRED: 400,
  IS_CLOSED: 409,
  NOTHING_TO_UNDO: 409,
  NOTHING_TO_APPROVE: 409,
  UNDO_STALE: 409,
  CONFLICT: 409,
}

export function refusalError(refusal: Refusal): HttpError {
  const { code, message, remedy } = refusal
  return new HttpError(refusalStatus[code], code, message, remedy)
}

export function notFound(what: string): HttpError {
  return new HttpError(404, 'NOT_FOUND', `there is no such ${what}`, 'Load the list again.')
}

/** Codes of fastify that a client can cause (its documentation, "Errors"). */
const clientErrors: Readonly<Record<string, ApiError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'BODY_TOO_LARGE',
    message: 'the body is too large',
    remedy: 'Send fewer ids at once, or a shorter note.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'CONTENT_TYPE',
    message: 'the body is not declared as JSON',
    remedy: 'Send it with the header content-type: application/json.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    code: 'BODY_INVALID',
    message: 'the body is empty',
    remedy: 'Send a JSON object as /api/openapi.json describes it.',
  },
}

export function answerError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { status, body } = explain(error)
  if (status >= 500 && !(error instanceof HttpError)) request.log.error(error)
  return reply.code(status).type('application/json; charset=utf-8').send(body)
}

function explain(error: FastifyError): { status: number; body: ApiError } {
  const { message } = error
  if (error instanceof HttpError) {
    const { statusCode, code, remedy } = error as HttpError
    return { status: statusCode, body: { code, message, remedy } }
  }
  if (error instanceof StoreError) {
    const { code, remedy } = error as StoreError
    return { status: storeStatus[code] ?? UNAVAILABLE, body: { code, message, remedy } }
  }
  if (error instanceof EvidenceError || error instanceof CaptureError) {
    const { code, remedy } = error as EvidenceError | CaptureError
    return { status: 404, body: { code, message, remedy } }
  }
  if (error.validation !== undefined) return { status: 400, body: invalid(error) }
  const known = clientErrors[error.code]
  if (known !== undefined) return { status: error.statusCode ?? 400, body: known }
  const status = error.statusCode ?? 500
  if (status >= 400 && status < 500) {
    const remedy = 'Send the request as /api/openapi.json describes it.'
    return { status, body: { code: 'REQUEST_INVALID', message, remedy } }
  }
  return {
    status: 500,
    body: {
      code: 'INTERNAL',
      message: 'the console failed to answer; its log says why',
      remedy: 'Try again, and report the lines of the log if it stays.',
    },
  }
}

/** Names the field: `limit: must be <= 1000`. */
function invalid(error: FastifyError): ApiError {
  const [first] = error.validation ?? []
  const params = (first?.params ?? {}) as Record<string, string | undefined>
  const inner = params['additionalProperty'] ?? params['missingProperty']
  const path = [...(first?.instancePath ?? '').split('/'), ...(inner === undefined ? [] : [inner])]
  const field = path.filter((part) => part !== '').join('.')
  const where = error.validationContext ?? 'request'
  const code = where === 'body' ? 'BODY_INVALID' : 'QUERY_INVALID'
  return {
    code,
    message: `${field === '' ? where : field}: ${first?.message ?? error.message}`,
    remedy: 'See /api/openapi.json for what it takes.',
  }
}
