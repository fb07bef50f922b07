import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StaticFiles } from './static-files.ts'

const SCRIPT = 'export const answer = 42\n'.repeat(200)
let root: string
let files: StaticFiles

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'lastack-static-'))
  const directory = join(root, 'dist')
  mkdirSync(join(directory, 'assets'), { recursive: true })
  writeFileSync(join(root, 'secret.txt'), 'secret')
  writeFileSync(join(directory, 'index.html'), '<!doctype html>')
  writeFileSync(join(directory, '.hidden'), 'hidden')
  writeFileSync(join(directory, 'odd.xyz'), 'odd')
  writeFileSync(join(directory, 'name with ü.txt'), 'named')
  writeFileSync(join(directory, 'assets', 'index-Ab1.js'), SCRIPT)
  writeFileSync(join(directory, 'assets', 'core.wasm'), 'wasm')
  symlinkSync(join(root, 'secret.txt'), join(directory, 'link.txt'))
  symlinkSync(root, join(directory, 'up'))
  files = new StaticFiles(directory)
})

afterAll(() => {
  rmSync(root, { recursive: true })
})

describe('a path', () => {
  test.each([
    ['/', 'text/html; charset=utf-8', '<!doctype html>'],
    ['/index.html', 'text/html; charset=utf-8', '<!doctype html>'],
    ['/assets/index-Ab1.js', 'text/javascript; charset=utf-8', SCRIPT],
    ['/assets/core.wasm', 'application/wasm', 'wasm'],
    ['/odd.xyz', 'application/octet-stream', 'odd'],
    ['/name%20with%20%C3%BC.txt', 'text/plain; charset=utf-8', 'named'],
  ])('%s is a file of its type', async (path, type, text) => {
    const answer = await files.answer(path, {})
    expect(answer).toMatchObject({ status: 200, headers: { 'Content-Type': type } })
    expect(Buffer.from(answer?.body ?? []).toString()).toBe(text)
  })

  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets%2f..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '//secret.txt',
    '/link.txt',
    '/up/secret.txt',
    '/.hidden',
    '/index.html%00.js',
    '/%ff',
    '/assets',
    '/assets/',
    '/index.html/more',
    '/absent',
    `/${'a'.repeat(5000)}`,
    '',
  ])('%s leads nowhere', async (path) => {
    expect(await files.answer(path, {})).toBeUndefined()
  })
})

describe('compression', () => {
  test.each(['gzip', 'br, gzip;q=0.5', '*', 'GZIP'])('serves those who accept %s', async (accepted) => {
    const answer = await files.answer('/assets/index-Ab1.js', { 'accept-encoding': accepted })
    expect(answer?.headers).toMatchObject({ 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' })
    expect(answer?.headers['Content-Length']).toBe(String(answer?.body.length))
    expect(gunzipSync(answer?.body ?? '').toString()).toBe(SCRIPT)
  })

  test.each([undefined, 'br', 'gzip;q=0', 'gzip; q=0.000'])('spares those who accept %s', async (accepted) => {
    const headers = accepted === undefined ? {} : { 'accept-encoding': accepted }
    const answer = await files.answer('/assets/index-Ab1.js', headers)
    expect(answer?.headers['Content-Encoding']).toBeUndefined()
  })

  test('leaves small files as they are', async () => {
    expect((await files.answer('/', { 'accept-encoding': 'gzip' }))?.headers['Content-Encoding']).toBeUndefined()
  })
})

describe('caching', () => {
  test('a file that the client has is not sent again', async () => {
    const tag = (await files.answer('/', {}))?.headers.ETag ?? ''
    expect(tag).toMatch(/^"[\w-]{22}"$/)
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      expect(await files.answer('/', { 'if-none-match': known })).toMatchObject({
        status: 304,
        body: new Uint8Array(0),
      })
    }
    expect(await files.answer('/', { 'if-none-match': '"other"' })).toMatchObject({ status: 200 })
  })

  test('a compressed file has a tag of its own', async () => {
    const plain = await files.answer('/assets/index-Ab1.js', {})
    const zipped = await files.answer('/assets/index-Ab1.js', { 'accept-encoding': 'gzip' })
    expect(zipped?.headers.ETag).not.toBe(plain?.headers.ETag)
  })

  test('assets, whose names have their hash, keep for ever; the page is asked for each time', async () => {
    expect((await files.answer('/assets/index-Ab1.js', {}))?.headers['Cache-Control']).toMatch(/immutable/)
    expect((await files.answer('/', {}))?.headers['Cache-Control']).toBe('no-cache')
  })

  test('a file that changes on disk is read again', async () => {
    const name = join(root, 'dist', 'changing.txt')
    writeFileSync(name, 'first')
    const first = await files.answer('/changing.txt', {})
    writeFileSync(name, 'and second')
    const second = await files.answer('/changing.txt', {})
    expect(Buffer.from(second?.body ?? []).toString()).toBe('and second')
    expect(second?.headers.ETag).not.toBe(first?.headers.ETag)
  })
})
