import type { RowState } from 'lastack/inspect'
import type { VNode } from 'preact'
import { route, setParams } from '../router.ts'
import { PHASES, type Phase, STATE_WORDS } from '../states.ts'
import { formatCount } from '../ui/format.ts'
import { StateMark } from '../ui/state-mark.tsx'
import type { HostFeed } from './feed.ts'
import { paramsOf, queryOf, STATE_ORDER } from './query.ts'

/** States that most machines never show: they take room only when there are some. */
const RARE: ReadonlySet<RowState> = new Set<RowState>(['CLOSED', 'BOUND-INACTIVE', 'UNCONN'])

const PHASE_ORDER = Object.keys(PHASES) as Phase[]

function toggle(states: readonly RowState[], state: RowState): RowState[] {
  return states.includes(state) ? states.filter((one) => one !== state) : [...states, state]
}

function StateFilter({
  state,
  count,
  pressed,
}: {
  readonly state: RowState
  /** Undefined: not known yet. */
  readonly count: number | undefined
  readonly pressed: boolean
}): VNode {
  return (
    <button
      type="button"
      class="state-filter"
      data-state={state}
      data-empty={(count ?? 0) === 0}
      aria-pressed={pressed}
      title={STATE_WORDS[state].meaning}
      onClick={() => {
        const { states } = queryOf(route.value.params)
        setParams(paramsOf({ states: toggle(states, state) }))
      }}
    >
      <span class="state-filter-count">{count === undefined ? '' : formatCount(count)}</span>
      <span class="state-filter-name">
        <StateMark state={state} />
        {state}
      </span>
    </button>
  )
}

/** The states that no connection has, where there are such sockets: they have no place in the diagram. */
export function OtherStates({ feed }: { readonly feed: HostFeed }): VNode | null {
  const { states: chosen } = queryOf(route.value.params)
  const counts = new Map(feed.summary.value?.states.map(({ state, count }) => [state, count]))
  const inSight = [...RARE].filter((state) => counts.has(state) || chosen.includes(state))
  if (inSight.length === 0) return null
  return (
    <div class="strip-states">
      {inSight.map((state) => (
        <StateFilter key={state} state={state} count={counts.get(state) ?? 0} pressed={chosen.includes(state)} />
      ))}
    </div>
  )
}

/** How many sockets each state holds, in the order of a connection's life; each count is a filter. */
export function StateStrip({ feed }: { readonly feed: HostFeed }): VNode {
  const { states: chosen } = queryOf(route.value.params)
  const summary = feed.summary.value
  const counts = new Map(summary?.states.map(({ state, count }) => [state, count]))
  const inSight = STATE_ORDER.filter((state) => !RARE.has(state) || counts.has(state) || chosen.includes(state))
  return (
    <section class="strip" aria-label="Sockets by state">
      {PHASE_ORDER.map((phase) => {
        const states = inSight.filter((state) => STATE_WORDS[state].phase === phase)
        if (states.length === 0) return null
        return (
          <fieldset class="strip-phase" key={phase}>
            <legend>{PHASES[phase]}</legend>
            <div class="strip-states">
              {states.map((state) => (
                <StateFilter
                  key={state}
                  state={state}
                  count={summary === null ? undefined : (counts.get(state) ?? 0)}
                  pressed={chosen.includes(state)}
                />
              ))}
            </div>
          </fieldset>
        )
      })}
    </section>
  )
}
