/** What the control group of a process says about who runs it: a systemd unit, a container. */

/** The runner of a process; either is undefined where there is none of its kind. */
export interface Runner {
  /** The innermost systemd unit: `nginx.service`. Not the scope that a container runtime makes for a container. */
  readonly unit?: string | undefined
  /** What the runtime's own command takes: twelve digits of the identity (docker, podman, containerd, CRI-O), or the name (LXC, nspawn). */
  readonly container?: string | undefined
}

/** The digits of a container's identity that runtimes print, and take. */
const SHORT_ID = 12

const UNIT = /\.(?:service|scope|socket|mount|swap)$/
/** `docker-<id>.scope`, `cri-containerd-<id>.scope`, `libpod-<id>.scope`, and the bare `<id>` of cgroupfs drivers. */
const RUNTIME = /^(?:(?:docker|cri-containerd|crio|libpod|podman|nerdctl)-)?([0-9a-f]{64})(?:\.scope)?$/
const NSPAWN = /^systemd-nspawn@(.+)\.service$/
const LXC_PAYLOAD = /^lxc\.payload\.(.+)$/

/**
 * Read the text of /proc/PID/cgroup: lines of `id:controllers:path`.
 * @example runnerOf('0::/system.slice/nginx.service\n') // { unit: 'nginx.service', container: undefined }
 */
export function runnerOf(text: string): Runner {
  const parts = groupPath(text).split('/')
  let [unit, container]: (string | undefined)[] = []
  parts.forEach((part, i) => {
    const found = containerOf(part, parts[i - 1])
    if (found !== undefined) {
      container = found
      // What is outside of a container does not run what is in it: the unit would be the runtime's.
      unit = undefined
    } else if (UNIT.test(part)) unit = part
  })
  return { unit, container }
}

/** The path in the unified hierarchy, else in systemd's own, else whichever says most. */
function groupPath(text: string): string {
  const lines = text.split('\n').flatMap((line) => {
    const match = /^(\d+):([^:]*):(.*)$/.exec(line)
    return match === null ? [] : [{ id: match[1], controllers: match[2], path: match[3] as string }]
  })
  const ranked = [
    ...lines.filter(({ id }) => id === '0'),
    ...lines.filter(({ controllers }) => controllers === 'name=systemd'),
    ...lines,
  ]
  return ranked.find(({ path }) => path !== '/')?.path ?? '/'
}

function containerOf(part: string, parent: string | undefined): string | undefined {
  const id = RUNTIME.exec(part)?.[1]
  if (id !== undefined) return id.slice(0, SHORT_ID)
  const name = NSPAWN.exec(part)?.[1] ?? LXC_PAYLOAD.exec(part)?.[1]
  if (name !== undefined) return name
  return parent === 'lxc' ? part : undefined
}
