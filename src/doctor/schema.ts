/** The JSON schema of `DoctorReport`. */

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>

const TEXT: JsonSchema = { type: 'string' }
const COUNT: JsonSchema = { type: 'integer', minimum: 0 }
const texts: JsonSchema = { type: 'array', items: TEXT }

/** An object of which nothing but these properties may be there; the optional ones may be absent. */
function object(required: Record<string, JsonSchema>, optional: Record<string, JsonSchema> = {}): JsonSchema {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  }
}

const process: JsonSchema = object(
  { pid: COUNT, command: TEXT },
  {
    user: TEXT,
    unit: TEXT,
    container: TEXT,
    cwd: TEXT,
    executable: TEXT,
    startTime: { type: 'number', description: 'clock ticks since boot' },
    fdCount: COUNT,
    fdLimit: COUNT,
  },
)

const owner: JsonSchema = {
  oneOf: [
    object({ kind: { const: 'processes' }, processes: { type: 'array', items: process, minItems: 1 } }),
    object({ kind: { const: 'nobody' }, reason: { enum: ['not-accepted', 'orphan', 'kernel', 'time-wait'] } }),
    object({ kind: { enum: ['unknown', 'host'] } }),
  ],
}

const since: JsonSchema = {
  oneOf: [
    { type: 'null' },
    object({
      secondsAgo: { type: 'number', minimum: 0 },
      precision: { enum: ['exact', 'bound'], description: 'bound: at least so long ago' },
    }),
  ],
}

const finding: JsonSchema = object({
  id: { type: 'string', description: 'the same at every look while the fault is the same' },
  rule: TEXT,
  title: TEXT,
  severity: { enum: ['info', 'warning', 'critical'] },
  evidence: {
    type: 'array',
    items: object({ name: TEXT, value: { type: ['number', 'string'] }, unit: TEXT }),
  },
  owner,
  since,
  growthPerMinute: { type: ['number', 'null'] },
  explanation: { type: 'array', items: TEXT, minItems: 3, maxItems: 3 },
  remedies: {
    type: 'array',
    description: 'the gentlest first',
    items: object({
      title: TEXT,
      commands: texts,
      cost: TEXT,
      gentleness: { enum: ['code', 'setting', 'shutdown', 'destroy', 'restart', 'kill'] },
    }),
  },
  myth: { type: ['string', 'null'], description: 'a claim that lastack claims runs' },
  cookies: { type: 'array', items: { type: 'string', pattern: '^[0-9]+$' } },
})

/** What `lastack doctor --json` prints, as JSON Schema 2020-12. It is published as docs/doctor.schema.json, which a test keeps equal. */
export const DOCTOR_SCHEMA: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'lastack doctor --json',
  ...object({ version: { const: 1 }, findings: { type: 'array', items: finding }, lacks: texts, unjudged: texts }),
}
