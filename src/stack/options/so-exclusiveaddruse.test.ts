import { expect, test } from 'vitest'
import { AF_INET, Host, Level, SOCK_STREAM, So } from '../index.ts'

test('is Windows’ alone, and excludes SO_REUSEADDR', () => {
  const set = (personality: 'linux' | 'windows', reuse: boolean): number => {
    const process = new Host({ name: 'h', seed: 1, personality }).spawn('p')
    const fd = process.socket(AF_INET, SOCK_STREAM)
    if (reuse) process.setsockopt(fd, Level.SOL_SOCKET, So.REUSEADDR, 1)
    return process.setsockopt(fd, Level.SOL_SOCKET, So.EXCLUSIVEADDRUSE, 1)
  }
  const get = (personality: 'linux' | 'windows'): number => {
    const process = new Host({ name: 'h', seed: 1, personality }).spawn('p')
    const fd = process.socket(AF_INET, SOCK_STREAM)
    return process.getsockopt(fd, Level.SOL_SOCKET, So.EXCLUSIVEADDRUSE, { value: 0 })
  }
  expect([get('linux'), get('windows')]).toEqual([-92, 0])
  expect([set('linux', false), set('windows', false), set('windows', true)]).toEqual([-92, 0, -10_022])
})
