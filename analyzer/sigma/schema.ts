/**
 * Shape of a rule file: Sigma 2.1.0 with what we add under `fieldtap`. Custom fields are allowed
 * by the specification, so the top level is open; the loader warns of near misses.
 */
import { Type } from 'typebox'

const text = (description: string) => Type.String({ minLength: 1, description })
const texts = (description: string) => Type.Array(Type.String({ minLength: 1 }), { description })
const literals = (names: readonly string[], description: string) =>
  Type.Union(
    names.map((name) => Type.Literal(name)),
    { description },
  )

const ISO_DATE = '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
const UUID = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
const TAG = '^[a-z0-9_-]+\\.[a-z0-9._-]+$'

const Example = Type.Object(
  {
    name: text('Say in a few words what the example shows.'),
    match: Type.Boolean({ description: 'Write true or false: whether the rule must match.' }),
    document: Type.Optional(Type.Object({}, { description: 'Write fields and their values.' })),
    documents: Type.Optional(Type.Array(Type.Object({}), { minItems: 1 })),
  },
  { additionalProperties: false },
)

const Fieldtap = Type.Object(
  {
    subject: Type.Optional(texts('Name fields: matches that differ in one are two findings.')),
    summary: Type.Optional(
      text('Write one sentence; {source}, {destination} and {field} are put in.'),
    ),
    check: Type.Optional(texts('Say what to look at first, one step an entry.')),
    phase: Type.Optional(
      literals(['value', 'answer'], 'Write value to ask the rule on every repeat.'),
    ),
    examples: Type.Optional(Type.Array(Example)),
  },
  { additionalProperties: false },
)

const common = {
  title: Type.String({
    minLength: 1,
    maxLength: 256,
    description: 'Add a title of up to 256 characters.',
  }),
  id: Type.Optional(Type.String({ pattern: UUID, description: 'Write a UUID.' })),
  name: Type.Optional(
    Type.String({ pattern: '^[A-Za-z0-9_-]+$', description: 'Use letters, digits, _ and -.' }),
  ),
  related: Type.Optional(Type.Array(Type.Object({ id: Type.String(), type: Type.String() }))),
  taxonomy: Type.Optional(text('Leave it out.')),
  status: Type.Optional(
    literals(
      ['stable', 'test', 'experimental', 'deprecated', 'unsupported'],
      'Write stable, test, experimental, deprecated or unsupported.',
    ),
  ),
  description: Type.Optional(text('Say what the rule is about.')),
  license: Type.Optional(text('Write an SPDX expression.')),
  author: Type.Optional(text('Write names.')),
  references: Type.Optional(texts('Write addresses.')),
  date: Type.Optional(Type.String({ pattern: ISO_DATE, description: 'Write YYYY-MM-DD.' })),
  modified: Type.Optional(Type.String({ pattern: ISO_DATE, description: 'Write YYYY-MM-DD.' })),
  tags: Type.Optional(
    Type.Array(Type.String({ pattern: TAG, description: 'Write it as namespace.value.' }), {
      uniqueItems: true,
    }),
  ),
  scope: Type.Optional(texts('Write a list.')),
  fields: Type.Optional(texts('Write a list of field names.')),
  falsepositives: Type.Optional(texts('Write a list of what else may cause it.')),
  level: Type.Optional(
    literals(
      ['informational', 'low', 'medium', 'high', 'critical'],
      'Write informational, low, medium, high or critical.',
    ),
  ),
  fieldtap: Type.Optional(Fieldtap),
}

export const DetectionRule = Type.Object({
  ...common,
  logsource: Type.Object(
    {
      category: Type.Optional(text('Write network.')),
      product: Type.Optional(text('Leave it out.')),
      service: Type.Optional(text('Write the protocol or the kind of observation.')),
      definition: Type.Optional(text('Say what has to be switched on.')),
    },
    { description: 'Add `logsource` with `category: network` and a `service`.' },
  ),
  detection: Type.Object(
    {
      condition: Type.Union([text('Write a condition.'), texts('Write conditions.')], {
        description: 'Add `condition`, such as `selection and not filter`.',
      }),
    },
    { description: 'Add `detection` with a selection and a `condition`.' },
  ),
})

export const correlationTypes = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
] as const
export type CorrelationType = (typeof correlationTypes)[number]

const bound = Type.Optional(Type.Number({ description: 'Write a number.' }))

export const CorrelationRule = Type.Object({
  ...common,
  generate: Type.Optional(Type.Boolean()),
  correlation: Type.Object(
    {
      type: literals(correlationTypes, `Write one of ${correlationTypes.join(', ')}.`),
      rules: Type.Array(text('Write the name or id of a rule.'), {
        minItems: 1,
        description: 'Name the rules whose matches are counted.',
      }),
      'group-by': Type.Optional(texts('Name the fields that belong together.')),
      timespan: Type.String({
        pattern: '^[1-9][0-9]*[smhdw]$',
        description: 'Write a number and s, m, h, d or w, such as 60s.',
      }),
      condition: Type.Optional(
        Type.Object(
          {
            gt: bound,
            gte: bound,
            lt: bound,
            lte: bound,
            eq: bound,
            neq: bound,
            field: Type.Optional(Type.Union([text('Name a field.'), texts('Name fields.')])),
          },
          { additionalProperties: false, minProperties: 1 },
        ),
      ),
      aliases: Type.Optional(Type.Record(Type.String(), Type.Record(Type.String(), Type.String()))),
      generate: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
})
