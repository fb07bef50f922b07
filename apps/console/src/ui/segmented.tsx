import type { VNode } from 'preact'
import { useId } from 'preact/hooks'

interface SegmentedProps<T extends string> {
  readonly label: string
  readonly options: readonly { readonly value: T; readonly label: string }[]
  readonly value: T
  readonly onChange: (value: T) => void
}

/** One choice out of a few, all in sight: radio buttons drawn as a strip, with the radio buttons' own keys. */
export function Segmented<T extends string>({ label, options, value, onChange }: SegmentedProps<T>): VNode {
  const name = useId()
  return (
    <fieldset class="segmented">
      <legend>{label}</legend>
      <div class="segmented-strip">
        {options.map((option) => (
          <label key={option.value} data-chosen={option.value === value}>
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
