/** Shapes of answers that several routes share. */
import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { ApiError } from './schema.ts'

export function pageOf<T extends TSchema>(row: T) {
  return Type.Object({
    rows: Type.Array(row),
    total: Type.Integer(),
    total_is: Type.Optional(Type.Literal('at-least')),
    next: Type.Union([Type.String(), Type.Null()]),
  })
}

export const errors = { '4xx': ApiError, '5xx': ApiError }
