import { expect, test } from 'vitest'
import { HostError } from '../errors.ts'
import { loadLibc } from './libc.ts'

test('a binding that is not installed is one line', async () => {
  const load = () => Promise.reject(new Error("Cannot find package 'koffi' imported from here\nRequire stack: …"))
  await expect(loadLibc(load)).rejects.toThrow(
    new HostError("koffi could not be loaded: Cannot find package 'koffi' imported from here"),
  )
})

test('a module that is not koffi is one line', async () => {
  await expect(loadLibc(() => Promise.resolve({ default: {} }))).rejects.toThrow(
    new HostError('koffi could not be loaded: the module has no load() and errno()'),
  )
})
