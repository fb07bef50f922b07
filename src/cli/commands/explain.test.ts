import { describe, expect, test } from 'vitest'
import { State, stateName, TRANSITIONS } from '../../tcp/index.ts'
import { EXIT } from '../exit.ts'
import { topicGroups } from '../explain/topics.ts'
import { lastack, tooWide } from '../run.testing.ts'

const groups = topicGroups()
const explain = (word: string, columns?: number) => lastack(['explain', word], columns)

test('without a word every word is listed', async () => {
  const { code, out } = await lastack(['explain'])
  expect(code).toBe(EXIT.OK)
  for (const { title, topics } of groups) {
    expect(out).toContain(`${title}\n`)
    for (const { name } of topics) expect(out).toContain(name)
  }
  expect(tooWide(out)).toEqual([])
})

describe('every word is explained within 80 columns:', () => {
  for (const { title, topics } of groups) {
    test(title, async () => {
      expect(topics.length).toBeGreaterThan(5)
      for (const name of new Set(topics.map((topic) => topic.name))) {
        const { code, out, err } = await explain(name)
        expect({ name, code, err }).toEqual({ name, code: EXIT.OK, err: '' })
        expect(out).toMatch(new RegExp(`(^|\\n)${name.replaceAll('.', '\\.')}:`))
        // ss's own help is as wide as ss has it.
        if (name !== 'ss') expect({ name, wide: tooWide(out) }).toEqual({ name, wide: [] })
      }
    })
  }
})

test('none is named without a word about it', async () => {
  for (const topic of groups.flatMap(({ topics }) => topics)) {
    expect({ name: topic.name, says: (await topic.body(80)).trim() !== '' }).toEqual({ name: topic.name, says: true })
  }
})

describe('a state', () => {
  test.each([
    ['CLOSE_WAIT', 'CLOSE-WAIT'],
    ['close-wait', 'CLOSE-WAIT'],
    ['ESTAB', 'ESTABLISHED'],
    ['SYN-RECV', 'SYN-RECEIVED'],
    ['SYN_RCVD', 'SYN-RECEIVED'],
    ['FIN_WAIT2', 'FIN-WAIT-2'],
    ['FIN-WAIT-2', 'FIN-WAIT-2'],
    ['TIME_WAIT', 'TIME-WAIT'],
    ['UNCONN', 'CLOSED'],
  ])('may be spelt %s', async (spelling, name) => {
    expect((await explain(spelling)).out).toMatch(new RegExp(`^${name}: a state: `))
  })

  test('is named as ss and netstat print it', async () => {
    expect((await explain('SYN-RECEIVED')).out).toMatch(/^SYN-RECEIVED: a state: SYN-RECV in ss, SYN_RECV in netstat\n/)
  })

  test.each(Object.values(State).map(stateName))('%s has the arrows of the machine, and no other', async (name) => {
    const { out } = await explain(name)
    const drawn = out.split('\n').filter((line) => /^ {2}(from|to {2}| {4}) {2}[A-Z]/.test(line))
    expect(drawn).toHaveLength(
      TRANSITIONS.filter(({ from, to }) => stateName(from) === name || stateName(to) === name).length,
    )
  })
})

test('an errno is found by its number on any system', async () => {
  for (const number of ['98', '48', '10048', '125'])
    expect((await explain(number)).out).toContain('EADDRINUSE: an errno')
  expect((await explain('EADDRINUSE')).out).toContain('98 linux; 48 freebsd, macos; 10048 windows; 125 solaris')
})

test.each(['tcp_fin_timeout', 'net.ipv4.tcp_fin_timeout', '/proc/sys/net/ipv4/tcp_fin_timeout', 'TCP-FIN-TIMEOUT'])(
  'a sysctl may be written %s',
  async (spelling) => {
    expect((await explain(spelling)).out).toMatch(/^net\.ipv4\.tcp_fin_timeout: a sysctl of linux\n/)
  },
)

test('a claim is judged there and then', async () => {
  const { out } = await explain('fin-timeout-is-2msl')
  expect(out).toMatch(/^fin-timeout-is-2msl: a claim\n/)
  expect(out).toContain('\n  false on linux\n')
})

test.each([
  ['CLOSE-WIAT', /^lastack explain: nothing about "CLOSE-WIAT": did you mean CLOSE-WAIT\?\n$/],
  ['EADDRINUES', /^lastack explain: nothing about "EADDRINUES": did you mean EADDRINUSE/],
  ['tcp_fin_timeuot', /did you mean net\.ipv4\.tcp_fin_timeout\?\n$/],
  ['foo', /: lastack explain lists every word\n$/],
  ['sctp', /: lastack explain lists every word\n$/],
])('%s is unknown: the nearest words are named', async (word, message) => {
  const { code, out, err } = await explain(word)
  expect({ code, out }).toEqual({ code: EXIT.USAGE, out: '' })
  expect(err).toMatch(message)
  expect(err.split('\n')).toHaveLength(2)
})

test('paragraphs follow the terminal, down to 40 columns', async () => {
  const { out } = await explain('SO_LINGER', 50)
  expect(tooWide(out, 50)).toEqual([])
})

describe('what people ask at night', () => {
  test.each(['Recv-Q', 'send-q', 'keepalive', 'half open', 'rto', 'mss', 'zero window', 'EOF', 'syn cookie'])(
    'is explained: %s',
    async (word) => {
      const { code, out } = await lastack(['explain', ...word.split(' ')])
      expect(code).toBe(EXIT.OK)
      expect(out).toMatch(/: a term\n/)
    },
  )

  test('may be said in two words', async () => {
    expect((await lastack(['explain', 'close', 'wait'])).out).toMatch(/^CLOSE-WAIT: a state/)
  })
})
