import type { FindingMessage } from 'lastack/host'
import type { VNode } from 'preact'

type Severity = FindingMessage['severity']

const SHAPES: Readonly<Record<Severity, string>> = {
  critical: 'M4.200 1h7.600L15 4.200v7.600L11.800 15H4.200L1 11.800V4.200z',
  warning: 'M8 1.200L15.500 14.500H.500z',
  info: 'M8 1a7 7 0 1 1 0 14a7 7 0 1 1 0-14z',
}
const SIGNS: Readonly<Record<Severity, string>> = {
  critical: 'M7.200 4h1.600v5H7.200zM7.200 10.400h1.600V12H7.200z',
  warning: 'M7.200 5.700h1.600v4.200H7.200zM7.200 11h1.600v1.600H7.200z',
  info: 'M7.200 7h1.600v5H7.200zM7.200 4.200h1.600v1.600H7.200z',
}

/** `info` is no fault: it explains what one may be looking for. */
const WORDS: Readonly<Record<Severity, string>> = { critical: 'Critical', warning: 'Warning', info: 'Note' }

/** How bad a finding is, as a shape and a word. */
export function SeverityMark({ severity }: { readonly severity: Severity }): VNode {
  return (
    <span class="severity" data-severity={severity}>
      <svg class="severity-mark" viewBox="0 0 16 16" aria-hidden="true">
        <path class="severity-shape" d={SHAPES[severity]} />
        <path class="severity-sign" d={SIGNS[severity]} />
      </svg>
      {WORDS[severity]}
    </span>
  )
}
