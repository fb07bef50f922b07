import { expect, test } from 'vitest'
import { parseServices, WELL_KNOWN_SERVICES } from './services.ts'

test('/etc/services: names, aliases, comments, nonsense', () => {
  const services = parseServices(
    [
      '# a comment',
      'http 80/tcp www www-http # web',
      'alt 80/tcp',
      'domain 53/udp',
      'broken',
      'big 99999999/tcp',
      '',
    ].join('\n'),
  )
  expect(services.name(80, 'tcp')).toBe('http')
  expect(services.port('www-http', 'tcp')).toBe(80)
  expect(services.port('alt', 'tcp')).toBe(80)
  expect(services.name(53, 'tcp')).toBeUndefined()
  expect(services.name(53, 'udp')).toBe('domain')
  expect(services.port('broken', 'tcp')).toBeUndefined()
})

test('without the file the well-known ones are known', () => {
  expect(WELL_KNOWN_SERVICES.name(443, 'tcp')).toBe('https')
  expect(WELL_KNOWN_SERVICES.port('ssh', 'tcp')).toBe(22)
})
