import type { Personality, PersonalityName } from './personality.ts'

const SHELF: Readonly<Record<PersonalityName, () => Promise<Personality>>> = {
  linux: async () => (await import('./linux.ts')).linux,
  rfc9293: async () => (await import('./rfc9293.ts')).rfc9293,
  freebsd: async () => (await import('./freebsd.ts')).freebsd,
  macos: async () => (await import('./macos.ts')).macos,
  windows: async () => (await import('./windows.ts')).windows,
  solaris: async () => (await import('./solaris.ts')).solaris,
}

/**
 * Fetches one personality, for a page that does not load them all: bundlers leave each in a file of its own.
 *
 * @throws Error (a rejection) when it cannot be fetched.
 */
export function fetchPersonality(name: PersonalityName): Promise<Personality> {
  return SHELF[name]()
}
