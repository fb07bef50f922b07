import { type GivenOption, getopt, type Operand } from '../getopt.ts'
import type { RowNeeds } from '../needs.ts'
import { type Services, WELL_KNOWN_SERVICES } from '../services.ts'
import { UsageError } from '../usage-error.ts'
import { parseFilter } from './filter-parse.ts'
import { REFUSALS, SS_OPTIONS, type SsOption } from './options.ts'
import type { SsPrinting, SsQuery } from './query.ts'
import { Selection } from './selection.ts'
import {
  ALL,
  CONNECTED_BY_DEFAULT,
  LISTENING,
  STATE_KEYWORDS,
  STATE_WORDS,
  type StateMask,
  stateBit,
  withStateWord,
} from './states.ts'

/** What the meaning of some words depends on. */
export interface SsArgumentOptions {
  /** Names of ports; the well-known ones when left out. */
  readonly services?: Services
}

/**
 * Understands the arguments of ss as version 6.1 of iproute2 does, the name of the program not among them:
 * `parseSs(['-tan', 'state', 'close-wait'])`.
 *
 * @throws {UsageError} for anything unknown: the message names the word, its position and what was expected.
 */
export function parseSs(argv: readonly string[], options: SsArgumentOptions = {}): SsQuery {
  const { options: given, operands } = getopt('ss', argv, SS_OPTIONS)
  const has = (id: SsOption): boolean => given.some((option) => option.id === id)
  if (has('help')) return emptyQuery('help')
  if (has('version')) return emptyQuery('version')

  const selection = new Selection()
  // -a, -l and -A set the states they mean at once; the last of the first two wins.
  let states: StateMask = 0
  for (const option of given) states = applyOption(option, selection, states)

  const words = stateWords(operands, states)
  const listed = !(has('summary') && !selection.touched && operands.length === 0)
  if (!selection.touched) selection.takeAll()
  selection.setStates(words.states === 0 && selection.isDefault ? CONNECTED_BY_DEFAULT : words.states)
  selection.completeFamilies()

  const parsed = parseFilter(words.rest, {
    services: options.services ?? WELL_KNOWN_SERVICES,
    protocols: selection.protocols,
    family: selection.lastFamily,
  })
  if (parsed.family !== undefined) selection.narrowTo(parsed.family)
  if (selection.netids.length === 0) {
    throw argumentError(
      'no socket tables to show with such options',
      '',
      argv.length + 1,
      '-t, -M, -u or -x, and a family of it',
    )
  }
  const print = printing(has, selection)
  return {
    action: 'show',
    summary: has('summary'),
    list: listed,
    netids: selection.netids,
    families: selection.families,
    states: selection.states,
    filter: parsed.filter,
    notices: selection.notices,
    needs: needsOf(selection, print),
    print,
  }
}

/** Applies one option to the selection; the result is the states that options have asked for so far. */
function applyOption(option: GivenOption<SsOption>, selection: Selection, states: StateMask): StateMask {
  switch (option.id) {
    case 'all':
      return ALL
    case 'listening':
      return LISTENING
    case 'bound-inactive':
      return stateBit('BOUND-INACTIVE')
    case 'tcp':
    case 'mptcp':
    case 'udp':
      selection.addTable(option.id)
      return states
    case 'unix':
      selection.addFamily(0)
      return states
    case 'ipv4':
      selection.addFamily(4)
      return states
    case 'ipv6':
      selection.addFamily(6)
      return states
    case 'family':
      selection.addFamily(familyOf(option))
      return states
    case 'query':
      selection.query(option)
      return states === 0 ? CONNECTED_BY_DEFAULT : states
    case 'refused':
      throw refusal(option)
    default:
      return states
  }
}

const FAMILIES: Readonly<Record<string, 4 | 6 | 0>> = { inet: 4, inet6: 6, unix: 0 }

function familyOf(option: GivenOption<SsOption>): 4 | 6 | 0 {
  const family = Object.hasOwn(FAMILIES, option.value) ? FAMILIES[option.value] : undefined
  if (family === undefined) throw argumentError('not a family', option.value, option.position, 'inet, inet6 or unix')
  return family
}

function refusal(option: GivenOption<SsOption>): UsageError {
  const spec = SS_OPTIONS.find((candidate) => {
    if (candidate.id !== 'refused') return false
    const long = candidate.long?.[0] ?? ''
    return option.spelled === `-${candidate.short}` || `--${long}`.startsWith(option.spelled)
  })
  const expected = REFUSALS[spec?.long?.[0] ?? ''] ?? 'another option'
  return argumentError('not offered:', option.spelled, option.position, expected)
}

interface StateWords {
  readonly states: StateMask
  readonly rest: readonly Operand[]
}

/** The leading `state …` and `exclude …` words; what follows them is the filter. */
function stateWords(operands: readonly Operand[], fromOptions: StateMask): StateWords {
  let states = fromOptions
  let seen = false
  let next = 0
  for (;;) {
    const word = operands[next]
    if (word === undefined || !STATE_KEYWORDS.has(word.text)) break
    states = withStateWord(states, seen, word.text, scanState(operands[next + 1], word))
    seen = true
    next += 2
  }
  return { states, rest: operands.slice(next) }
}

function scanState(operand: Operand | undefined, after: Operand): StateMask {
  const expected = `a state: ${Object.keys(STATE_WORDS).join(', ')}`
  if (operand === undefined) throw argumentError(`${after.text} needs a name`, '', after.position + 1, expected)
  const word = operand.text.toLowerCase()
  const mask = Object.hasOwn(STATE_WORDS, word) ? STATE_WORDS[word] : undefined
  if (mask === undefined) throw argumentError('wrong state name', operand.text, operand.position, expected)
  return mask
}

function argumentError(problem: string, token: string, position: number, expected: string): UsageError {
  return new UsageError({ tool: 'ss', problem, token, position, unit: 'argument', expected })
}

function printing(has: (id: SsOption) => boolean, selection: Selection): SsPrinting {
  const details = has('details')
  return {
    header: !has('no-header'),
    netid: selection.showsNetid,
    state: (selection.states & (selection.states - 1)) !== 0,
    numeric: has('numeric'),
    timers: has('timers') || details,
    details,
    memory: has('memory'),
    info: has('info'),
    owners: has('owners'),
    cgroup: has('cgroup'),
    oneLine: has('one-line'),
  }
}

function needsOf(selection: Selection, print: SsPrinting): RowNeeds {
  return {
    netids: selection.netids,
    families: selection.families.filter((family) => family !== 0),
    states: selection.states,
    owners: print.owners,
    tcpInfo: print.info,
    memory: print.memory,
    cgroup: print.details || print.cgroup,
  }
}

function emptyQuery(action: 'help' | 'version'): SsQuery {
  const selection = new Selection()
  const print = printing(() => false, selection)
  return {
    action,
    summary: false,
    list: false,
    netids: [],
    families: [],
    states: 0,
    filter: undefined,
    notices: [],
    needs: needsOf(selection, print),
    print,
  }
}
