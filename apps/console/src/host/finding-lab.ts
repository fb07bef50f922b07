import type { DiagnosisMessage, FindingMessage } from 'lastack/host'
import { formatRoute } from '../router.ts'

/** Where a fault can be played: a scenario or claim, and the host's sysctls that decide how it goes there. */
interface LabPlace {
  readonly item: string
  readonly sysctls: readonly string[]
}

const place = (item: string, ...sysctls: readonly string[]): LabPlace => ({ item, sysctls })

const FIN_TIMEOUT = 'net.ipv4.tcp_fin_timeout'
const ORPHAN_RETRIES = 'net.ipv4.tcp_orphan_retries'
const RETRIES2 = 'net.ipv4.tcp_retries2'

/** By the doctor's rule. A rule that is not here is about the host's settings or memory, which no two hosts in a page show. */
const PLACES: Readonly<Record<string, LabPlace>> = {
  'close-wait-server': place('descriptor-leak'),
  'close-wait-client': place('close-wait-client-stuck', FIN_TIMEOUT),
  'close-wait-stuck': place('close-wait-times-out', RETRIES2, ORPHAN_RETRIES),
  'fin-wait-2-held': place('half-close', FIN_TIMEOUT),
  orphans: place('fin-timeout-is-2msl', FIN_TIMEOUT),
  'closing-stuck': place('lost-fin', ORPHAN_RETRIES),
  'half-open': place('firewall-forgets', RETRIES2),
  'idle-no-keepalive': place('keepalive-cures'),
  'descriptor-limit': place('descriptor-leak'),
  'ports-used-up': place('port-exhaustion'),
  'bind-leftovers': place('restart-server'),
  'setting-fin-timeout': place('fin-timeout-is-2msl', FIN_TIMEOUT),
  'setting-tw-reuse': place('port-exhaustion'),
}

/** The address of the lab where a finding's fault is played with this host's numbers; `null`: there is none. */
export function labAddress(finding: FindingMessage, diagnosis: DiagnosisMessage): string | null {
  const found = PLACES[finding.rule]
  if (found === undefined) return null
  const set = found.sysctls.flatMap((name) => {
    const value = diagnosis.sysctls[name]
    return value === undefined ? [] : [`${name}=${value}`]
  })
  return formatRoute({ view: 'lab', item: found.item, params: new Map([['set', set.join(' ')]]) })
}

/** The address of what is commonly said of a finding, where it is judged. */
export function mythAddress(myth: string): string {
  return formatRoute({ view: 'claims', item: myth, params: new Map() })
}
