import { freebsd } from './freebsd.ts'
import { linux } from './linux.ts'
import { macos } from './macos.ts'
import type { Personality, PersonalityName } from './personality.ts'
import { rfc9293 } from './rfc9293.ts'
import { solaris } from './solaris.ts'
import { windows } from './windows.ts'

/** Every personality by its name; the default first. */
export const personalities: Readonly<Record<PersonalityName, Personality>> = {
  linux,
  rfc9293,
  freebsd,
  macos,
  windows,
  solaris,
}
