/** Reports judged by a validator that is not ours. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { DOCTOR_SCHEMA } from './schema.ts'

const isValid = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(DOCTOR_SCHEMA)

/** What a report, as a reader of the JSON gets it, breaks of the published schema: `/findings/0/severity must be equal …`. */
export function schemaFaults(report: unknown): string[] {
  isValid(JSON.parse(JSON.stringify(report)))
  return (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
