import type { VNode } from 'preact'

/** The cross at the corner of what can be put away. */
export function CloseButton({ label, onClick }: { readonly label: string; readonly onClick: () => void }): VNode {
  return (
    <button type="button" class="button bare" aria-label={label} onClick={onClick}>
      <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
        <path d="M4 4l8 8M12 4l-8 8" fill="none" stroke="currentColor" stroke-width="1.400" />
      </svg>
    </button>
  )
}
