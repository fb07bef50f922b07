import type { ScenarioInfo } from 'lastack/sim'
import type { VNode } from 'preact'
import { formatRoute, goTo } from '../router.ts'
import { prose } from '../ui/prose.tsx'
import { PLAYABLES } from './contents.build.ts'
import type { Lab } from './lab-store.ts'

const KINDS: readonly { readonly kind: ScenarioInfo['kind']; readonly caption: string }[] = [
  { kind: 'scenario', caption: 'Scenarios' },
  { kind: 'claim', caption: 'Claims' },
]

const NO_PARAMS: ReadonlyMap<string, string> = new Map()

/** What can be played: a list of links, or where there is no room for it, a menu. */
export function LabRail({ lab }: { readonly lab: Lab }): VNode {
  const chosen = lab.choice.value.id
  return (
    <nav class="rail" aria-label="Scenarios and claims">
      <label class="field rail-menu">
        <span>Play</span>
        <select
          value={chosen}
          onChange={(event) => goTo({ view: 'lab', item: event.currentTarget.value, params: NO_PARAMS })}
        >
          {KINDS.map(({ kind, caption }) => (
            <optgroup key={kind} label={caption}>
              {PLAYABLES.filter((info) => info.kind === kind).map((info) => (
                <option key={info.id} value={info.id}>
                  {info.title}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      {KINDS.map(({ kind, caption }) => (
        <section class="rail-part" key={kind}>
          <h2>{caption}</h2>
          <ul>
            {PLAYABLES.filter((info) => info.kind === kind).map((info) => (
              <li key={info.id}>
                <a
                  href={formatRoute({ view: 'lab', item: info.id, params: NO_PARAMS })}
                  aria-current={info.id === chosen ? 'true' : undefined}
                >
                  {prose(info.title)}
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  )
}
