import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cgroup2Mount, cgroupPaths, deviceNames, sysfsDeviceName } from './names.ts'

let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'lastack-names-'))
  mkdirSync(join(root, 'sys', 'class', 'net', 'lo'), { recursive: true })
  mkdirSync(join(root, 'sys', 'class', 'net', 'eth0'))
  writeFileSync(join(root, 'sys', 'class', 'net', 'lo', 'ifindex'), '1\n')
  writeFileSync(join(root, 'sys', 'class', 'net', 'eth0', 'ifindex'), '12\n')
  mkdirSync(join(root, 'cgroup', 'system.slice', 'nginx.service'), { recursive: true })
  mkdirSync(join(root, 'proc', 'self'), { recursive: true })
  const mounts = [
    '24 1 0:22 / /proc rw - proc proc rw',
    `41 31 0:38 / ${join(root, 'cgroup')} rw,relatime shared:9 - cgroup2 cgroup2 rw`,
  ]
  writeFileSync(join(root, 'proc', 'self', 'mountinfo'), `${mounts.join('\n')}\n`)
})

afterAll(() => {
  rmSync(root, { recursive: true })
})

test('a device is looked up once, and one that is gone has a name too', () => {
  let asked = 0
  const name = deviceNames((index) => {
    asked++
    return index === 12 ? 'eth0' : undefined
  })
  expect([name(12), name(12), name(7)]).toEqual(['eth0', 'eth0', 'if7'])
  expect(asked).toBe(2)
})

test('sysfs knows the devices', () => {
  expect(sysfsDeviceName(join(root, 'sys'), 12)).toBe('eth0')
  expect(sysfsDeviceName(join(root, 'sys'), 2)).toBeUndefined()
  expect(sysfsDeviceName(join(root, 'nowhere'), 1)).toBeUndefined()
})

test('a control group is known by the inode of its directory', () => {
  const path = cgroupPaths(join(root, 'proc'))
  const inodeOf = (name: string): bigint => statSync(join(root, 'cgroup', name), { bigint: true }).ino
  expect(path(inodeOf('system.slice/nginx.service'))).toBe('/system.slice/nginx.service')
  expect(path(inodeOf('.'))).toBe('/')
  expect(path(0xabcn)).toBe('unreachable:abc')
})

test('without the hierarchy every control group is out of reach', () => {
  expect(cgroup2Mount('24 1 0:22 / /proc rw - proc proc rw\n')).toBeUndefined()
  expect(cgroupPaths(join(root, 'nowhere'))(1n)).toBe('unreachable:1')
})
