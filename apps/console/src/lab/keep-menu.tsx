import type { VNode } from 'preact'
import { downloadFile } from '../ui/download.ts'
import { drawingFile } from './drawing-file.ts'
import type { Lab } from './lab-store.ts'

/** The drawing of the ladder as it stands on the page. */
function saveDrawing(name: string): void {
  const drawing = document.querySelector<SVGSVGElement>('.ladder-drawing')
  if (drawing !== null) downloadFile(`${name}.svg`, drawingFile(drawing))
}

/** What a run can be kept as. */
export function KeepMenu({ lab }: { readonly lab: Lab }): VNode | null {
  const shown = lab.shown.value
  if (shown === null) return null
  const hosts = shown.hosts.filter(({ host }) => host.kind === 'host').map(({ host }) => host.name)
  return (
    <details class="keep">
      <summary class="button">Keep</summary>
      <ul>
        <li>
          <button type="button" class="button" onClick={() => lab.save('pcapng')}>
            Capture (pcapng)
          </button>
          <span class="quiet">Every packet of the run, for Wireshark.</span>
        </li>
        {hosts.map((host) => (
          <li key={host}>
            <button type="button" class="button" onClick={() => lab.save({ packetdrill: host })}>
              packetdrill script of {host}
            </button>
            <span class="quiet">Its first connection; lastack pkt runs it.</span>
          </li>
        ))}
        <li>
          <button type="button" class="button" onClick={() => lab.save('vitest')}>
            Test (vitest)
          </button>
          <span class="quiet">Plays this run again and expects the same.</span>
        </li>
        <li>
          <button type="button" class="button" onClick={() => saveDrawing(shown.info.id)}>
            Ladder (SVG)
          </button>
          <span class="quiet">The drawing as it stands here.</span>
        </li>
      </ul>
    </details>
  )
}
