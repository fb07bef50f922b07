import { describe, expect, test } from 'vitest'
import { refusal, SECURITY_HEADERS } from './guard.ts'

describe('a host', () => {
  test.each([
    '127.0.0.1:7788',
    'localhost:7788',
    'localhost',
    'LOCALHOST:1',
    '[::1]:7788',
    '192.0.2.7',
    'a.localhost',
    'box.lan:7788',
  ])('%s is ours', (host) => {
    expect(refusal({ host }, 'Box.LAN')).toBeUndefined()
  })

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:7788', 'box.lan.evil.example'])(
    '%s is not: a name can be pointed at this machine',
    (host) => {
      expect(refusal({ host }, 'box.lan')).toMatch(/^the Host header says "/)
    },
  )

  test.each([undefined, '', 'a b', '::1', 'user@'])('%j is none', (host) => {
    expect(refusal(host === undefined ? {} : { host }, '127.0.0.1')).toMatch(/^the Host header /)
  })
})

describe('a page', () => {
  const host = '127.0.0.1:7788'

  test('of ours may read', () => {
    expect(refusal({ host, origin: 'http://127.0.0.1:7788', 'sec-fetch-site': 'same-origin' }, host)).toBeUndefined()
    expect(refusal({ host, 'sec-fetch-site': 'none' }, host)).toBeUndefined()
  })

  test.each(['http://evil.example', 'http://127.0.0.1:8000', 'https://127.0.0.1:7788', 'null'])(
    'from %s may not',
    (origin) => {
      expect(refusal({ host, origin }, host)).toBe(`a page from ${origin} may not read this server`)
    },
  )

  test.each(['cross-site', 'same-site'])(
    'that names no origin but is %s may not, unless a link was followed',
    (site) => {
      expect(refusal({ host, 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' }, host)).toMatch(
        /^a page from elsewhere/,
      )
      expect(refusal({ host, 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' }, host)).toBeUndefined()
    },
  )
})

test('nothing may be loaded from elsewhere, and no script may be made from text', () => {
  const policy = SECURITY_HEADERS['Content-Security-Policy'] ?? ''
  expect(policy).toMatch(/^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; /)
  expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*|http/)
})
