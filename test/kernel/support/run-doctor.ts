import { execFile } from 'node:child_process'
import { expect } from 'vitest'
import type { DoctorReport } from '../../../src/doctor/index.ts'
import { schemaFaults } from '../../../src/doctor/schema.testing.ts'
import type { NetworkNamespace } from './namespace.ts'

const LASTACK = new URL('../../../bin/lastack.js', import.meta.url).pathname

/** What `lastack doctor` says of a namespace, and how it ends. */
export interface Diagnosis {
  readonly report: DoctorReport
  readonly code: number
  /** Id, severity and first owner of each finding, in its order. */
  readonly found: readonly (readonly [id: string, severity: string, owner: string])[]
}

/** Runs `lastack doctor --json` in a namespace. It must have been able to look, by its best source. */
export function runDoctor({ name }: NetworkNamespace, ...options: readonly string[]): Promise<Diagnosis> {
  return diagnosis('ip', ['netns', 'exec', name, process.execPath, LASTACK, 'doctor', '--json', ...options])
}

/** Runs it outside of all namespaces that tests have made. */
export function runDoctorOutside(...options: readonly string[]): Promise<Diagnosis> {
  return diagnosis(process.execPath, [LASTACK, 'doctor', '--json', ...options])
}

function diagnosis(command: string, args: readonly string[]): Promise<Diagnosis> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      try {
        expect(stderr).toMatch(/^lastack: source netlink\b.*\n$/)
        const report: DoctorReport = JSON.parse(stdout)
        expect(schemaFaults(report)).toEqual([])
        const found = report.findings.map(({ id, severity, owner }) => [id, severity, nameOf(owner)] as const)
        resolve({ report, found, code: error === null ? 0 : Number(error.code) })
      } catch (failure) {
        reject(failure as Error)
      }
    })
  })
}

/** `python3 4242`, `time-wait`, `host`. */
function nameOf(owner: DoctorReport['findings'][number]['owner']): string {
  if (owner.kind === 'nobody') return owner.reason
  const first = owner.kind === 'processes' ? owner.processes[0] : undefined
  return first === undefined ? owner.kind : `${first.command} ${first.pid}`
}
