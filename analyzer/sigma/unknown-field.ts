import { closest } from '../input/closest.ts'
import type { InputErrors } from '../input/errors.ts'
import type { Place } from '../input/yaml.ts'
import { fields } from './fields.ts'

export function unknownField(name: string, at: Place, errors: InputErrors): void {
  const near = closest(name, fields.keys())
  const remedy = near ? `Did you mean \`${near}\`?` : 'The fields are listed in the documentation.'
  errors.add(at, 'sigma-field', `no observation has a field \`${name}\``, remedy)
}
