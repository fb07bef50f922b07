/** The second source: the netlink bytes that `ss -D -` writes. TCP only. */
import { stateBit } from '../../inspect/index.ts'
import { cgroupPaths, deviceNames, sysfsDeviceName } from '../names.ts'
import type { Reading } from '../reading.ts'

import { readSsDump } from './ss-dump.ts'

/**
 * Read the TCP sockets.
 * @throws HostError when ss is not there or fails
 */
export async function readSs(reading: Reading): Promise<void> {
  const { query, machine } = reading
  await readSsDump(
    {
      command: machine.ssCommand,
      families: query.families,
      states: query.states,
      tcpInfo: query.tcpInfo !== false,
      memory: query.memory !== false,
    },
    {
      netid: 'tcp',
      source: 'ss',
      states: query.states,
      families: query.families,
      device: deviceNames((index) => sysfsDeviceName(machine.sysRoot, index)),
      cgroup: query.cgroup === true ? cgroupPaths(machine.procRoot) : undefined,
      addresses: reading.addresses,
    },
    reading.rows,
  )
  if ((query.states & stateBit('BOUND-INACTIVE')) !== 0) {
    reading.lacks.add('ss -D has no bound but not listening TCP sockets.')
  }
}
