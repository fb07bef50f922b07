import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { abandonedInspectors, forgetOpened, forgetUnopened, noteOpened } from './opened-notes.ts'

const ASKED = { pid: 77, startTime: 500 }

let root: string
let place: { readonly procRoot: string; readonly folder: string }

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lastack-notes-'))
  place = { procRoot: join(root, 'proc'), folder: join(root, 'tmp') }
  mkdirSync(place.folder)
  lives(process.pid, 900)
  lives(ASKED.pid, ASKED.startTime)
})

afterEach(() => {
  rmSync(root, { recursive: true })
})

function lives(pid: number, startTime: number): void {
  mkdirSync(join(place.procRoot, String(pid)), { recursive: true })
  const columns = Array.from({ length: 30 }, (_, i) => (i === 19 ? startTime : 0))
  writeFileSync(join(place.procRoot, String(pid), 'stat'), `${pid} (node) ${columns.join(' ')}\n`)
}

const ends = (pid: number): void => rmSync(join(place.procRoot, String(pid)), { recursive: true })

test('whose maker lives is not abandoned; whose maker was killed is', () => {
  noteOpened(ASKED, place)
  expect(abandonedInspectors(place)).toEqual([])
  ends(process.pid)
  expect(abandonedInspectors(place)).toEqual([ASKED])
  // Another process has the pid of the maker now.
  lives(process.pid, 901)
  expect(abandonedInspectors(place)).toEqual([ASKED])
  forgetOpened(ASKED, place)
  expect(abandonedInspectors(place)).toEqual([])
})

test('of a process that has ended, or whose pid is another’s, nothing is left to close, nor to note', () => {
  noteOpened(ASKED, place)
  ends(process.pid)
  lives(ASKED.pid, 501)
  expect(abandonedInspectors(place)).toEqual([])
  expect(readdirSync(place.folder)).toEqual([])
})

test('one that is not open yet may open when the program goes on: within an hour that is remembered', () => {
  noteOpened(ASKED, place)
  forgetUnopened(ASKED, place)
  expect(readdirSync(place.folder)).toHaveLength(1)
  const [name = ''] = readdirSync(place.folder)
  const longAgo = Date.now() / 1000 - 3601
  utimesSync(join(place.folder, name), longAgo, longAgo)
  forgetUnopened(ASKED, place)
  expect(readdirSync(place.folder)).toEqual([])
})

test('what another has put there in our name is not believed', () => {
  const user = process.geteuid?.() ?? 0
  const target = join(root, 'elsewhere')
  writeFileSync(target, '1 1\n')
  symlinkSync(target, join(place.folder, `lastack-inspector-${user}-77-500`))
  mkdirSync(join(place.folder, `lastack-inspector-${user}-78-500`))
  writeFileSync(join(place.folder, `lastack-inspector-${user + 1}-77-500`), '1 1\n')
  expect(abandonedInspectors(place)).toEqual([])
})
