import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { diagnosed, listener, look, served, silentFor, times } from './looks.testing.ts'
import { reportOf } from './report.ts'
import { schemaFaults } from './schema.testing.ts'
import { DOCTOR_SCHEMA } from './schema.ts'

const PUBLISHED = new URL('../../docs/doctor.schema.json', import.meta.url)

test('what is published is the schema; UPDATE_SCHEMA=1 and then npm run format write it anew', () => {
  if (process.env.UPDATE_SCHEMA !== undefined) writeFileSync(PUBLISHED, `${JSON.stringify(DOCTOR_SCHEMA, null, 2)}\n`)
  expect(JSON.parse(readFileSync(PUBLISHED, 'utf8'))).toEqual(DOCTOR_SCHEMA)
})

test('what is no report breaks it', () => {
  const leaking = look([listener(8080), ...times(12, () => served('CLOSE-WAIT', { tcpInfo: silentFor(90) }))])
  const report = reportOf(diagnosed([leaking]), leaking)
  const [finding] = report.findings
  expect(schemaFaults(report)).toEqual([])
  expect(schemaFaults({ ...report, findings: [{ ...finding, severity: 'grave' }] })).toEqual([
    '/findings/0/severity must be equal to one of the allowed values',
  ])
  const wrong = [
    { ...report, version: 2 },
    { ...report, extra: true },
    { ...report, findings: [{ ...finding, owner: { kind: 'processes', processes: [] } }] },
    { ...report, findings: [{ ...finding, cookies: [7] }] },
  ]
  for (const one of wrong) expect(schemaFaults(one)).not.toEqual([])
})
