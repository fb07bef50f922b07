import type { VNode } from 'preact'
import { route, setParams } from '../router.ts'
import { formatCount, plural } from '../ui/format.ts'
import { Segmented } from '../ui/segmented.tsx'
import { SORT_WORDS } from './columns.tsx'
import type { HostFeed } from './feed.ts'
import { FilterBox } from './filter-box.tsx'
import {
  beginsLargest,
  GROUPINGS,
  type Grouping,
  type HostQuery,
  PROTOCOLS,
  type Protocol,
  paramsOf,
  queryOf,
  SORT_KEYS,
  type SortKey,
} from './query.ts'

const GROUPING_WORDS: Readonly<Record<Grouping, string>> = {
  none: 'None',
  owner: 'Owner',
  listener: 'Listener',
  destination: 'Destination',
  state: 'State',
}

function set(changes: Partial<HostQuery>): void {
  setParams(paramsOf(changes))
}

function Protocols({ feed, chosen }: { readonly feed: HostFeed; readonly chosen: readonly Protocol[] }): VNode {
  const counts = feed.summary.value?.protocols
  return (
    <fieldset class="segmented">
      <legend>Protocol</legend>
      <div class="segmented-strip">
        {PROTOCOLS.map((protocol) => (
          <label key={protocol} data-chosen={chosen.includes(protocol)}>
            <input
              type="checkbox"
              checked={chosen.includes(protocol)}
              onChange={() => {
                const next = PROTOCOLS.filter((one) => chosen.includes(one) !== (one === protocol))
                // None chosen would show nothing at all; the last one stays.
                set({ protocols: next.length === 0 ? chosen : next })
              }}
            />
            {protocol} <span class="quiet">{counts === undefined ? '' : formatCount(counts[protocol])}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** Groups can be sorted by how many there are of each; and in the narrow layout the table has no headings to click. */
function SortMenu({ query }: { readonly query: HostQuery }): VNode {
  const { sort, descending, grouping } = query
  const keys = SORT_KEYS.filter((key) => key !== 'size' || grouping !== 'none')
  return (
    <div class="field sort-menu" data-grouped={grouping !== 'none'}>
      <label>
        <span>Sort by</span>
        <select
          value={sort}
          onChange={(event) => {
            const key = event.currentTarget.value as SortKey
            set({ sort: key, descending: beginsLargest(key) })
          }}
        >
          {keys.map((key) => (
            <option key={key} value={key}>
              {SORT_WORDS[key]}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="button icon-only"
        aria-label={`Order: ${descending ? 'descending' : 'ascending'}. Turn it round`}
        onClick={() => set({ sort, descending: !descending })}
      >
        {descending ? '↓' : '↑'}
      </button>
    </div>
  )
}

function Shown({ feed, query }: { readonly feed: HostFeed; readonly query: HostQuery }): VNode | null {
  const shown = feed.summary.value
  if (shown === null) return null
  const filtered = query.text !== '' || query.states.length > 0 || query.finding !== ''
  return (
    <p class="shown">
      {plural(shown.shown, 'socket')}
      {query.grouping !== 'none' && ` in ${plural(shown.groups, 'group')}`}
      {filtered && (
        <button type="button" class="button bare" onClick={() => set({ text: '', states: [], finding: '' })}>
          Clear filters
        </button>
      )}
      {query.grouping !== 'none' && (
        <button type="button" class="button bare" onClick={() => set({ open: query.open.length > 0 ? [] : ['*'] })}>
          {query.open.length > 0 ? 'Close all groups' : 'Open all groups'}
        </button>
      )}
    </p>
  )
}

/** Filter, protocols, grouping. */
export function HostToolbar({ feed }: { readonly feed: HostFeed }): VNode {
  const query = queryOf(route.value.params)
  return (
    <section class="toolbar" aria-label="What the table shows">
      <FilterBox feed={feed} text={query.text} />
      <Protocols feed={feed} chosen={query.protocols} />
      <Segmented
        label="Group by"
        options={GROUPINGS.map((value) => ({ value, label: GROUPING_WORDS[value] }))}
        value={query.grouping}
        onChange={(grouping) => set({ grouping, open: [] })}
      />
      <SortMenu query={query} />
      <Shown feed={feed} query={query} />
    </section>
  )
}
