import { Level, SOCKET_OPTIONS } from '../../stack/index.ts'
import { COMMANDS } from '../commands/table.ts'
import { claimTopics } from './claim-topics.ts'
import { errnoTopics } from './errno-topics.ts'
import { OPTIONS } from './options.ts'
import { paragraphs } from './paragraphs.ts'
import { stateTopics } from './state-topics.ts'
import { sysctlTopics } from './sysctl-topics.ts'
import { TERMS } from './terms.ts'
import type { Topic } from './topic.ts'

/** A kind of topic, as the index of words lists it. */
export interface TopicGroup {
  readonly title: string
  readonly topics: readonly Topic[]
}

/** Everything there is to explain. */
export function topicGroups(): TopicGroup[] {
  return [
    { title: 'States', topics: stateTopics() },
    { title: 'Socket options', topics: optionTopics() },
    { title: 'Terms', topics: termTopics() },
    { title: 'Errnos', topics: errnoTopics() },
    { title: 'Sysctls', topics: sysctlTopics() },
    { title: 'Claims and scenarios', topics: claimTopics() },
    { title: 'Commands', topics: commandTopics() },
  ]
}

/** The stack's own table of options; one that has no text here is named with its level all the same. */
function optionTopics(): Topic[] {
  const levels = Object.entries(Level)
  return SOCKET_OPTIONS.map(({ name, level, number }) => ({
    kind: `a socket option of ${levels.find(([, value]) => value === level)?.[0] ?? level} (${number})`,
    name,
    aliases: [],
    body: async (width) => paragraphs(OPTIONS[name] ?? [], width),
  }))
}

function termTopics(): Topic[] {
  return Object.entries(TERMS).map(([name, text]) => ({
    kind: 'a term',
    name,
    aliases: [name.replaceAll('-', '')],
    body: async (width) => paragraphs(text, width),
  }))
}

function commandTopics(): Topic[] {
  return COMMANDS.map(({ name, summary, load }) => ({
    kind: `a command: ${summary}`,
    name,
    aliases: [],
    body: async () => (await (await load()).help()).trimEnd(),
  }))
}
