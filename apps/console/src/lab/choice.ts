import type { Route } from '../router.ts'
import { PLAYABLES } from './contents.build.ts'
import type { RunChoice } from './protocol.ts'

const SEED_DEFAULT = 1
/** Digits of a number in an address, at most. */
const DIGITS = 15
/** The largest seed that an address may have. */
export const SEED_MAX: number = 10 ** DIGITS - 1
const WHOLE_NUMBER = new RegExp(`^\\d{1,${DIGITS}}$`)

/** The run that an address asks for; an address without an item asks for the first of the list. */
export function choiceOf(route: Route, first: string): RunChoice {
  const seed = Number(route.params.get('seed') ?? SEED_DEFAULT)
  const times = Number(route.params.get('times') ?? 1)
  return {
    id: route.item === '' ? first : route.item,
    seed: Number.isSafeInteger(seed) ? seed : SEED_DEFAULT,
    personality: route.params.get('personality') ?? '',
    case: route.params.get('case') ?? '',
    set: route.params.get('set') ?? '',
    broken: route.params.get('broken') === 'yes',
    beside: route.params.get('beside') ?? '',
    times: Number.isSafeInteger(times) ? times : 1,
  }
}

const NUMBERS: readonly string[] = ['seed', 'times', 'at']

/** Says which name or number of an address is wrong; null: none is. */
export function wrongIn({ item, params }: Route): string | null {
  if (item !== '' && !PLAYABLES.some(({ id }) => id === item)) {
    return `unknown scenario or claim '${item}': expected one of the list`
  }
  for (const name of NUMBERS) {
    const text = params.get(name) ?? ''
    if (text !== '' && !WHOLE_NUMBER.test(text)) return `${name} “${text}” of the address: expected a whole number`
  }
  return null
}

/** The parameters that say the same as part of a choice; defaults become empty text, which the router leaves out. */
export function choiceParams(choice: Partial<RunChoice>): Record<string, string> {
  const params: Record<string, string> = {}
  if (choice.seed !== undefined) params.seed = choice.seed === SEED_DEFAULT ? '' : String(choice.seed)
  if (choice.personality !== undefined) params.personality = choice.personality
  if (choice.case !== undefined) params.case = choice.case
  if (choice.set !== undefined) params.set = choice.set
  if (choice.beside !== undefined) params.beside = choice.beside
  if (choice.broken !== undefined) params.broken = choice.broken ? 'yes' : ''
  if (choice.times !== undefined) params.times = choice.times === 1 ? '' : String(choice.times)
  return params
}
