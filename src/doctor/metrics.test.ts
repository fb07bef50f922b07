import { describe, expect, test } from 'vitest'
import type { SocketRow } from '../inspect/index.ts'
import { SERIES_MOST } from './census.ts'
import { diagnose } from './diagnose.ts'
import { NO_HISTORY } from './history.ts'
import { drops, heldBy, listener, look, opened, row, served, silentFor, times } from './looks.testing.ts'
import { metricsOf } from './metrics.ts'
import { observe } from './observe.ts'
import { readOpenMetrics, type Series } from './open-metrics.testing.ts'
import { metricsText } from './open-metrics.ts'
import type { Observation } from './types.ts'

/** The numbers of one look, through the text and back. */
function scraped(rows: readonly SocketRow[], more: Partial<Observation> = {}): Series {
  const observation = look(rows, more)
  const history = observe(NO_HISTORY, observation)
  const families = metricsOf(observation, history, diagnose(observation, history))
  return readOpenMetrics(metricsText(families, 'application/openmetrics-text').text)
}

/** The series of one family. */
function family(series: Series, name: string): Record<string, number> {
  return Object.fromEntries([...series].filter(([key]) => key.startsWith(`${name}{`)))
}

test('sockets are counted by state, and by owner and service', () => {
  const series = scraped([
    listener(8080),
    ...times(3, () => served('CLOSE-WAIT')),
    ...times(2, () => opened('ESTABLISHED')),
    row('TIME-WAIT'),
  ])
  expect(series.get('lastack_sockets{state="CLOSE-WAIT"}')).toBe(3)
  expect(series.get('lastack_sockets{state="LAST-ACK"}')).toBe(0)
  expect(family(series, 'lastack_service_sockets')).toEqual({
    'lastack_service_sockets{state="CLOSE-WAIT",side="server",owner="python3",service="8080"}': 3,
    'lastack_service_sockets{state="ESTABLISHED",side="client",owner="java",service="10.0.0.5:443"}': 2,
    'lastack_service_sockets{state="LISTEN",side="server",owner="python3",service="8080"}': 1,
    'lastack_service_sockets{state="TIME-WAIT",side="server",owner="(nobody)",service="8080"}': 1,
  })
})

test('TIME-WAIT towards ports that connect() picks is one service, however many ports', () => {
  const here = (port: number): SocketRow['local'] => ({ address: '127.0.0.1', port })
  const series = scraped(times(50, (i) => row('TIME-WAIT', { local: here(50_000), peer: here(40_000 + i) })))
  expect(family(series, 'lastack_service_sockets')).toEqual({
    'lastack_service_sockets{state="TIME-WAIT",side="client",owner="(nobody)",service="ephemeral"}': 50,
  })
})

test('services beyond the bound are one, and nothing is lost', () => {
  const services = SERIES_MOST + 40
  const rows = times(services, (i) => opened('ESTABLISHED', { peer: { address: `10.1.0.${i + 1}`, port: 443 } }))
  const counts = family(scraped(rows), 'lastack_service_sockets')
  expect(Object.keys(counts)).toHaveLength(SERIES_MOST + 1)
  expect(counts['lastack_service_sockets{state="ESTABLISHED",side="other",owner="other",service="other"}']).toBe(40)
})

test('a state that was not asked for is left out', () => {
  const timeWait = 1 << 6
  const series = scraped([], { states: ((1 << 14) - 1) & ~timeWait })
  expect(series.has('lastack_sockets{state="TIME-WAIT"}')).toBe(false)
  expect(series.has('lastack_sockets{state="CLOSE-WAIT"}')).toBe(true)
})

test('ages are a histogram by state', () => {
  const ages = [0.5, 30, 700]
  const series = scraped([listener(8080), ...ages.map((age) => served('CLOSE-WAIT', { tcpInfo: silentFor(age) }))])
  const bucket = (le: string): number | undefined =>
    series.get(`lastack_socket_age_seconds_bucket{state="CLOSE-WAIT",le="${le}"}`)
  expect(['1.0', '10.0', '60.0', '600.0', '3600.0', '+Inf'].map(bucket)).toEqual([1, 1, 2, 2, 3, 3])
  expect(series.get('lastack_socket_age_seconds_gsum{state="CLOSE-WAIT"}')).toBe(730.5)
})

describe('of listeners:', () => {
  test('who waits, how many may, and what was lost', () => {
    const series = scraped([listener(8080, { recvQueue: 5, memory: drops(7) })])
    const labels = '{listener="0.0.0.0:8080",owner="python3"}'
    const values = ['waiting', 'backlog', 'drops_total'].map((name) => series.get(`lastack_listener_${name}${labels}`))
    expect(values).toEqual([5, 128, 7])
  })

  test('several on one port by one program are one', () => {
    const series = scraped(times(3, (i) => listener(8080, { owners: heldBy(100 + i, 'nginx'), memory: drops(i) })))
    expect(family(series, 'lastack_listener_drops_total')).toEqual({
      'lastack_listener_drops_total{listener="0.0.0.0:8080",owner="nginx"}': 3,
    })
  })
})

test('a counter that the kernel does not have is left out', () => {
  const series = scraped([], { counters: { TcpExt: { ListenDrops: 12 } } })
  expect(series.get('lastack_listen_drops_total')).toBe(12)
  expect(series.has('lastack_listen_overflows_total')).toBe(false)
})

test('the use of the port range by destination', () => {
  const range = { 'net.ipv4.ip_local_port_range': '40000\t40099' }
  const towards = (i: number): SocketRow => opened('ESTABLISHED', { local: { address: '10.0.0.1', port: 40_000 + i } })
  const series = scraped(times(80, towards), { sysctls: range })
  expect(series.get('lastack_port_range_size')).toBe(100)
  expect(family(series, 'lastack_port_range_used_ratio')).toEqual({
    'lastack_port_range_used_ratio{source="10.0.0.1",destination="10.0.0.5:443"}': 0.8,
  })
})

test('findings are counted by severity, and named', () => {
  const series = scraped([listener(8080), ...times(30, () => served('CLOSE-WAIT', { tcpInfo: silentFor(900) }))])
  expect(series.get('lastack_findings{severity="warning"}')).toBe(1)
  expect(series.get('lastack_findings{severity="critical"}')).toBe(0)
  const id = 'close-wait-server/python3/8080'
  expect(family(series, 'lastack_finding')).toEqual({
    [`lastack_finding{id="${id}",rule="close-wait-server",severity="warning",owner="python3 (pid 4242)"}`]: 1,
  })
})
