/** Requests to the API of the same origin; nothing else is ever asked. */
import type { ApiError } from '../../analyzer/api/schema.ts'
import { stopped } from '../text/sentence.ts'

/** `unreachable`: no answer at all; `refused`: an answer that says no, and what to do. */
export class ApiFailure extends Error {
  readonly kind: 'unreachable' | 'refused'
  readonly status: number
  readonly code: string
  readonly remedy: string

  constructor(kind: 'unreachable' | 'refused', status: number, error: ApiError) {
    super(stopped(error.message))
    this.name = 'ApiFailure'
    this.kind = kind
    this.status = status
    this.code = error.code
    this.remedy = stopped(error.remedy)
  }
}

/** There is nothing of that id. */
export const isMissing = (error: Error | null): boolean =>
  error instanceof ApiFailure && error.status === 404

const unreachable: ApiError = {
  code: 'UNREACHABLE',
  message: 'Fieldtap does not answer.',
  remedy: 'See that it runs (`fieldtap start`), then try again.',
}

function isApiError(body: unknown): body is ApiError {
  if (typeof body !== 'object' || body === null) return false
  return typeof (body as { message?: unknown }).message === 'string'
}

async function failure(response: Response): Promise<ApiFailure> {
  const body: unknown = await response.json().catch(() => undefined)
  const fallback = {
    code: 'HTTP',
    message: `Fieldtap answered ${response.status}.`,
    remedy: 'Try again; if it stays so, look at the log of Fieldtap.',
  }
  const error = isApiError(body) ? { ...fallback, ...body } : fallback
  return new ApiFailure('refused', response.status, error)
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(path, init).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiFailure('unreachable', 0, unreachable)
  })
  if (!response.ok) throw await failure(response)
  return (await response.json()) as T
}

export type Params = Readonly<Record<string, string | number | undefined>>

function pathOf(path: string, params: Params = {}): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(params)) {
    if (value !== undefined && value !== '') search.set(key, String(value))
  }
  const text = search.toString()
  return text === '' ? path : `${path}?${text}`
}

export function get<T>(path: string, params: Params, signal?: AbortSignal): Promise<T> {
  return ask<T>(pathOf(path, params), signal === undefined ? {} : { signal })
}

export function send<T>(method: 'POST' | 'PUT', path: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  return ask<T>(path, { method, headers, body: JSON.stringify(body) })
}

/** The part of a path that is an id: ids come from the API, and are still only text. */
export const segment = (id: string): string => encodeURIComponent(id)
