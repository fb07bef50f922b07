import { nearest, orList } from '../../base/index.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { canonical, type Topic } from '../explain/topic.ts'
import type { TopicGroup } from '../explain/topics.ts'
import { parseFlags } from '../flags.ts'
import { type Io, textColumns } from '../io.ts'
import { quoted, wrap } from '../text.ts'

const HELP = `Usage: lastack explain [WORD]

Says what a word means: a state, socket option, errno, sysctl, claim, scenario,
command or term. Letter case and _ or a space for - do not matter; an errno may
be given by its number. Without a word: every word there is.

Examples
  lastack explain CLOSE_WAIT
  lastack explain SO_LINGER
  lastack explain 98
  lastack explain tcp_tw_reuse

Exit codes
  0  explained
  2  no such word; the nearest ones are named
`

/** `lastack explain`: one word, explained. */
export const explain: Command = {
  help: async () => HELP,

  async run(args, io): Promise<ExitCode> {
    const { words } = parseFlags('explain', args, {})
    // `explain close wait`: names that people say as two words are one here.
    const word = words.join(' ').trim()
    const { topicGroups } = await import('../explain/topics.ts')
    const groups = topicGroups()
    if (word === '') io.out(index(groups, textColumns(io)))
    else await tell(word, groups, io)
    return EXIT.OK
  },
}

async function tell(word: string, groups: readonly TopicGroup[], io: Io): Promise<void> {
  const wanted = canonical(word)
  const topics = groups.flatMap((group) => group.topics)
  // Linux's number of an errno is its first spelling: 98 is EADDRINUSE before it is what Solaris calls so.
  const rank = (topic: Topic): number => spellings(topic).findIndex((spelling) => canonical(spelling) === wanted)
  const found = topics.filter((topic) => rank(topic) >= 0).sort((a, b) => rank(a) - rank(b))
  if (found.length === 0) {
    throw new CliError(`explain: nothing about ${quoted(word)}: ${hint(wanted, topics)}`)
  }
  const width = textColumns(io)
  const texts = await Promise.all(
    found.map(async (topic) => `${wrap(`${topic.name}: ${topic.kind}`, width)}\n\n${await topic.body(width)}\n`),
  )
  io.out(texts.join('\n'))
}

/** The names that the index has: without paths and numbers, which do not say what they stand for. */
function hint(wanted: string, topics: readonly Topic[]): string {
  const names = new Map(
    topics.flatMap((topic) => {
      const words = spellings(topic).filter((name) => !/^\/|^\d+$/.test(name))
      return words.map((name): [string, string] => [canonical(name), topic.name])
    }),
  )
  const near = new Set(nearest(wanted, names.keys()).map((name) => names.get(name) as string))
  return near.size === 0 ? 'lastack explain lists every word' : `did you mean ${orList([...near])}?`
}

function spellings(topic: Topic): readonly string[] {
  return [topic.name, ...topic.aliases]
}

function index(groups: readonly TopicGroup[], width: number): string {
  return groups
    .map(
      ({ title, topics }) => `${title}\n${wrap([...new Set(topics.map(({ name }) => name))].join(' '), width, '  ')}\n`,
    )
    .join('\n')
}
