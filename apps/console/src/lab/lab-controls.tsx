import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { setParams } from '../router.ts'
import { formatTime } from '../ui/format.ts'
import { Segmented } from '../ui/segmented.tsx'
import { choiceParams, SEED_MAX } from './choice.ts'
import { SYSTEMS } from './contents.build.ts'
import { KeepMenu } from './keep-menu.tsx'
import { type Lab, SPEEDS } from './lab-store.ts'
import type { RunChoice, StopKind } from './protocol.ts'

function set(changes: Partial<RunChoice>): void {
  setParams(choiceParams(changes))
}

const ICONS = {
  restart: 'M3 2.500v11M13.500 3L5.500 8l8 5z',
  back: 'M10.500 3L3.500 8l7 5zM12.500 3v10',
  play: 'M4 2.500v11L13.500 8z',
  pause: 'M4 2.500h2.800v11H4zM9.200 2.500H12v11H9.200z',
  step: 'M3.500 3v10M6 3l7 5l-7 5z',
  end: 'M2.500 3l8 5l-8 5zM12.500 2.500v11',
  drop: 'M3.500 3.500l9 9M12.500 3.500l-9 9',
} as const

function Icon({ name }: { readonly name: keyof typeof ICONS }): VNode {
  return (
    <svg class="icon solid" data-icon={name} viewBox="0 0 16 16" aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  )
}

interface ActionProps {
  readonly icon: keyof typeof ICONS
  readonly label: string
  /** The key that does the same. */
  readonly shortcut: string
  readonly disabled: boolean
  readonly kind?: 'primary' | 'icon-only'
  readonly onClick: () => void
}

function Action({ icon, label, shortcut, disabled, kind, onClick }: ActionProps): VNode {
  return (
    <button
      type="button"
      class={`button ${kind ?? ''}`}
      disabled={disabled}
      aria-label={label}
      aria-keyshortcuts={shortcut}
      title={`${label} (key ${shortcut})`}
      onClick={onClick}
    >
      <Icon name={icon} />
      {kind !== 'icon-only' && label}
    </button>
  )
}

/** Losses that were asked for and have not been met with yet. */
function dropsArmed(lab: Lab): number {
  const isAnyAsked = lab.acts.value.some(({ words }) => words.startsWith('drop-next'))
  const shown = isAnyAsked ? lab.readable.value : null
  if (shown === null) return 0
  const asked = lab.acts.value.filter(({ words, tick }) => words.startsWith('drop-next') && tick <= shown.tick).length
  return Math.max(0, asked - shown.dropsMet)
}

/** Loses the next packet, of any host or of one. */
function Drop({ lab, disabled }: { readonly lab: Lab; readonly disabled: boolean }): VNode {
  const from = useSignal('')
  const armed = dropsArmed(lab)
  const hosts = lab.setting.value?.hosts.filter(({ kind }) => kind === 'host') ?? []
  return (
    <div class="joined">
      <button
        type="button"
        class="button"
        disabled={disabled}
        aria-keyshortcuts="d"
        title="Drop the next packet (key d)"
        onClick={() => lab.dropNext(from.value)}
      >
        <Icon name="drop" />
        <span>Drop the next packet</span>
        {armed > 0 && <span class="count">{armed}</span>}
      </button>
      <label class="field">
        <span class="visually-hidden">Drop the next packet of</span>
        <select
          value={from.value}
          disabled={disabled}
          onChange={(event) => {
            from.value = event.currentTarget.value
          }}
        >
          <option value="">of any host</option>
          {hosts.map(({ name }) => (
            <option key={name} value={name}>
              of {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

const KINDS: readonly { readonly kind: StopKind; readonly shortcut: string }[] = [
  { kind: 'packet', shortcut: 'k' },
  { kind: 'timer', shortcut: 't' },
  { kind: 'call', shortcut: 'c' },
]

/** Steps to the next moment at which something of one kind happens. */
function StepBy({ lab, disabled }: { readonly lab: Lab; readonly disabled: boolean }): VNode {
  return (
    <fieldset class="step-by">
      <legend class="visually-hidden">Step to the next</legend>
      {KINDS.map(({ kind, shortcut }) => (
        <button
          key={kind}
          type="button"
          class="button"
          disabled={disabled}
          aria-keyshortcuts={shortcut}
          aria-label={`Step to the next ${kind}`}
          title={`Step to the next ${kind} (key ${shortcut})`}
          onClick={() => lab.step(kind)}
        >
          {kind}
        </button>
      ))}
    </fieldset>
  )
}

function Clock({ lab }: { readonly lab: Lab }): VNode {
  return (
    <p class="clock">
      <span class="quiet wide-only">Virtual time</span> {formatTime(lab.readable.value?.now ?? 0)}
    </p>
  )
}

function Transport({ lab }: { readonly lab: Lab }): VNode {
  const [over, atStart] = [lab.isOver.value, lab.isAtStart.value]
  const playing = lab.playing.value
  return (
    <fieldset class="transport">
      <legend class="visually-hidden">Play</legend>
      <Action icon="restart" label="Restart" shortcut="r" kind="icon-only" disabled={atStart} onClick={lab.restart} />
      <Action
        icon="back"
        label="Step back"
        shortcut="ArrowLeft"
        kind="icon-only"
        disabled={atStart}
        onClick={lab.back}
      />
      <Action
        icon={playing ? 'pause' : 'play'}
        label={playing ? 'Pause' : 'Play'}
        shortcut="p"
        kind="primary"
        disabled={over}
        onClick={() => {
          lab.playing.value = !playing
        }}
      />
      <Action icon="step" label="Step" shortcut="ArrowRight" disabled={over} onClick={() => lab.step()} />
      <StepBy lab={lab} disabled={over} />
      <Action icon="end" label="Play to the end" shortcut="e" kind="icon-only" disabled={over} onClick={lab.finish} />
      <Drop lab={lab} disabled={over} />
      <Clock lab={lab} />
    </fieldset>
  )
}

function Cases({ lab }: { readonly lab: Lab }): VNode | null {
  const setting = lab.setting.value
  if (setting === null || setting.info.cases.length < 2) return null
  return (
    <label class="field">
      <span>Case</span>
      <select value={setting.case.id} onChange={(event) => set({ case: event.currentTarget.value })}>
        {setting.info.cases.map((one) => (
          <option key={one.id} value={one.id}>
            {one.title}
          </option>
        ))}
      </select>
    </label>
  )
}

interface SystemFieldProps {
  readonly name: string
  readonly value: string
  /** What it says where none is chosen. */
  readonly otherwise: string
  readonly choose: (system: string) => void
}

function SystemField({ name, value, otherwise, choose }: SystemFieldProps): VNode {
  return (
    <label class="field">
      <span>{name}</span>
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{otherwise}</option>
        {SYSTEMS.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </label>
  )
}

/** On which system it is played, and on which other beside it. */
function Systems({ lab }: { readonly lab: Lab }): VNode {
  const choice = lab.choice.value
  const own = lab.setting.value?.info.personality
  return (
    <>
      <SystemField
        name="System"
        value={choice.personality}
        otherwise={own === undefined ? 'its own' : `${own} (its own)`}
        choose={(personality) => set({ personality })}
      />
      <SystemField name="Beside it" value={choice.beside} otherwise="nothing" choose={(beside) => set({ beside })} />
    </>
  )
}

const TIMES = [1, 3, 10, 30, 100, 300] as const

/** How much is carried, where that can be chosen. */
function Times({ lab }: { readonly lab: Lab }): VNode | null {
  const { times } = lab.choice.value
  if (lab.setting.value?.info.carriesBulk !== true) return null
  const all = [...new Set([...TIMES, times])].sort((a, b) => a - b)
  return (
    <label class="field">
      <span>Carry</span>
      <select value={times} onChange={(event) => set({ times: Number(event.currentTarget.value) })}>
        {all.map((one) => (
          <option key={one} value={one}>
            {one === 1 ? 'as it says' : `${one} × as much`}
          </option>
        ))}
      </select>
    </label>
  )
}

function Settings({ lab }: { readonly lab: Lab }): VNode {
  const choice = lab.choice.value
  return (
    <fieldset class="settings">
      <legend class="visually-hidden">Settings of the run</legend>
      <Cases lab={lab} />
      <Systems lab={lab} />
      <label class="field">
        <span>Seed</span>
        <input
          class="seed"
          type="number"
          min="0"
          max={SEED_MAX}
          step="1"
          value={choice.seed}
          onChange={(event) => {
            const seed = event.currentTarget.valueAsNumber
            if (Number.isInteger(seed) && seed >= 0 && seed <= SEED_MAX) set({ seed })
            else event.currentTarget.value = String(choice.seed)
          }}
        />
      </label>
      <Times lab={lab} />
      <label class="field">
        <span>Sysctls</span>
        <input
          class="sysctls"
          type="text"
          placeholder="net.ipv4.tcp_fin_timeout=5"
          spellcheck={false}
          autocomplete="off"
          value={choice.set}
          onChange={(event) => set({ set: event.currentTarget.value.trim() })}
        />
      </label>
      <Segmented
        label="Sequence numbers"
        options={[
          { value: 'relative', label: 'Relative' },
          { value: 'raw', label: 'Raw' },
        ]}
        value={lab.raw.value ? 'raw' : 'relative'}
        onChange={(value) => {
          lab.raw.value = value === 'raw'
        }}
      />
      <Segmented
        label="Steps a second"
        options={SPEEDS.map((speed) => ({
          value: String(speed),
          label: Number.isFinite(speed) ? String(speed) : 'all',
        }))}
        value={String(lab.speed.value)}
        onChange={(value) => {
          lab.speed.value = Number(value)
        }}
      />
    </fieldset>
  )
}

/** Play, step, drop; case, system, seed, pace. */
export function LabControls({ lab }: { readonly lab: Lab }): VNode {
  return (
    <section class="lab-controls" aria-label="Controls">
      <Transport lab={lab} />
      <KeepMenu lab={lab} />
      <Settings lab={lab} />
    </section>
  )
}
