import { describe, expect, test } from 'vitest'
import { runnerOf } from './cgroup.ts'

const ID = '4f2a'.repeat(16)

describe('the control group tells the runner', () => {
  test.each([
    ['a service', '0::/system.slice/nginx.service', 'nginx.service', undefined],
    [
      'a unit of an instance',
      '0::/system.slice/system-getty.slice/getty@tty1.service',
      'getty@tty1.service',
      undefined,
    ],
    [
      "a user's service",
      '0::/user.slice/user-1000.slice/user@1000.service/app.slice/web.service',
      'web.service',
      undefined,
    ],
    ['a login', '0::/user.slice/user-1000.slice/session-3.scope', 'session-3.scope', undefined],
    ['docker by systemd', `0::/system.slice/docker-${ID}.scope`, undefined, '4f2a4f2a4f2a'],
    ['docker by cgroupfs', `12:memory:/docker/${ID}\n1:name=systemd:/docker/${ID}\n0::/`, undefined, '4f2a4f2a4f2a'],
    ['a pod', `0::/kubepods.slice/kubepods-pod12.slice/cri-containerd-${ID}.scope`, undefined, '4f2a4f2a4f2a'],
    ['podman', `0::/machine.slice/libpod-${ID}.scope/container`, undefined, '4f2a4f2a4f2a'],
    ['a unit inside a container', `0::/docker/${ID}/system.slice/nginx.service`, 'nginx.service', '4f2a4f2a4f2a'],
    ['LXC', '0::/lxc.payload.web/system.slice/nginx.service', 'nginx.service', 'web'],
    ['old LXC', '0::/lxc/web', undefined, 'web'],
    ['nspawn', '0::/machine.slice/systemd-nspawn@web.service/payload', undefined, 'web'],
    ['a controller of its own beside the root', '4:memory:/jobs/7\n0::/', undefined, undefined],
    ['the root', '0::/', undefined, undefined],
    ['nothing', '', undefined, undefined],
  ])('%s', (_, text, unit, container) => {
    expect(runnerOf(`${text}\n`)).toEqual({ unit, container })
  })
})
