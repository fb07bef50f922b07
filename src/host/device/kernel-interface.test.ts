import { expect, test } from 'vitest'
import { HostError } from '../errors.ts'
import { planAddresses } from './kernel-interface.ts'

/** The kernel's address beside such a one of the stack. */
function kernelBeside(text: string): string | undefined {
  return planAddresses([text])[0]?.kernel.toString()
}

test.each([
  ['198.51.100.9/24', '198.51.100.1'],
  ['198.51.100.1/24', '198.51.100.2'],
  ['198.51.100.1/30', '198.51.100.2'],
  ['2001:db8::1/64', '2001:db8::2'],
])('beside %s the kernel has %s', (stack, kernel) => {
  expect(kernelBeside(stack)).toBe(kernel)
})

// RFC 3021, RFC 6164.
test.each([
  ['198.51.100.0/31', '198.51.100.1'],
  ['198.51.100.1/31', '198.51.100.0'],
  ['198.51.100.254/31', '198.51.100.255'],
  ['2001:db8::/127', '2001:db8::1'],
  ['2001:db8::1/127', '2001:db8::'],
])('in a net of two both are hosts: beside %s the kernel has %s', (stack, kernel) => {
  expect(kernelBeside(stack)).toBe(kernel)
})

test.each([
  ['198.51.100.0/24', 'it names the net, no host in it'],
  ['198.51.100.255/24', "it is the net's broadcast address, no host's"],
  ['198.51.100.7/32', 'its net has no room for this host'],
  ['2001:db8::/64', 'it names the net, no host in it'],
])('%s: %s', (text, reason) => {
  expect(() => planAddresses([text])).toThrow(HostError)
  expect(() => planAddresses([text])).toThrow(`address '${text}': ${reason}`)
})
