import type { VNode } from 'preact'
import { downloadFile } from '../ui/download.ts'
import { drawingFile, ladderFile } from './drawing-file.tsx'
import type { Lab } from './lab-store.ts'

/** The ladder, or both, from the beginning to where the run stands. */
function saveLadders(lab: Lab, name: string): void {
  downloadFile(`${name}.svg`, ladderFile(lab.drawn(), lab.raw.peek()))
}

/** The state diagram of a host, as it stands on the page. */
function saveDiagram(name: string, host: string): void {
  const drawing = document.querySelector<SVGSVGElement>(`.diagram[data-host="${CSS.escape(host)}"] svg`)
  if (drawing !== null) downloadFile(`${name}-${host}-states.svg`, drawingFile(drawing))
}

/** What a run can be kept as. */
export function KeepMenu({ lab }: { readonly lab: Lab }): VNode | null {
  const setting = lab.setting.value
  if (setting === null) return null
  const hosts = setting.hosts.filter(({ kind }) => kind === 'host').map(({ name }) => name)
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
          <button type="button" class="button" onClick={() => saveLadders(lab, setting.info.id)}>
            Ladder (SVG)
          </button>
          <span class="quiet">The whole drawing, up to the present moment; of a very long run its end.</span>
        </li>
        {hosts.map((host) => (
          <li key={host}>
            <button type="button" class="button" onClick={() => saveDiagram(setting.info.id, host)}>
              State diagram of {host} (SVG)
            </button>
            <span class="quiet">Its states and the ways that its connections went.</span>
          </li>
        ))}
      </ul>
    </details>
  )
}
